"""The drawer: a process that draws plots, begun with the first of them, and again where it has gone.

matplotlib holds the interpreter's lock while it draws, so a thread would keep every request waiting; and what
multiprocessing starts would import the whole service once more.
"""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from multiprocessing import Pipe
from pathlib import Path

import backprop
from backprop.errors import BackpropError
from backprop.plots.subjects import Subject

SECONDS = 30.0  # that a plot may take, with the start of the process and its first look at the fonts
ROOT = Path(backprop.__file__).parents[1]


class DrawingError(BackpropError):
    """The process that draws died over a plot twice, or took too long."""


class Drawer:
    """Draws one plot at a time. `scratch` is the folder in which matplotlib keeps what it knows of the fonts."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._process: _Process | None = None

    def draw(self, subject: Subject, form: str) -> bytes:
        """Return a subject's picture, "svg" or "png". Raises DrawingError."""
        try:
            return self._ask(subject, form)
        except (EOFError, OSError):  # it was idle for long, or somebody ended it
            self._stop()
        try:
            return self._ask(subject, form)
        except (EOFError, OSError) as error:
            self._stop()
            raise DrawingError("the process that draws ended over this plot") from error

    def _ask(self, subject: Subject, form: str) -> bytes:
        self._process = process = self._process or _Process(self._scratch)
        process.pipe.send((subject, form))
        if not process.pipe.poll(SECONDS):
            self._stop()
            raise DrawingError(f"this plot was not drawn within {SECONDS:g} s")
        return process.pipe.recv_bytes()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


class _Process:
    """The process while it lasts, and our end of the pipe to it; it ends with this object."""

    def __init__(self, scratch: Path) -> None:
        self.pipe, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(  # noqa: S603  the command comes from this program alone
                [sys.executable, "-m", "backprop.plots", str(theirs.fileno())],
                cwd=ROOT,
                env={**os.environ, "MPLCONFIGDIR": str(scratch), "MPLBACKEND": "agg"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        # It ends by itself where it is idle for long; unless somebody waits for that, the system keeps a trace of it.
        threading.Thread(target=process.wait, name="drawer", daemon=True).start()
        self.end = weakref.finalize(self, partial(_end, self.pipe.close, process))


def _end(close: Callable[[], None], process: subprocess.Popen[bytes]) -> None:
    close()
    process.kill()
    process.wait()
