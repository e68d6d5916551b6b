"""A program that runs beside others: its command, its surroundings and its log."""

import contextlib
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_BYTES = 10 * 2**20


@dataclass(frozen=True)
class Program:
    """How one program is started, how many seconds it may take to stop after SIGTERM, and what may help it to its feet.

    `mend` is called before the next start of a program that has exited several times in a row.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path
    grace: float = 5.0
    stdin: bytes = b""
    directory: Path | None = None
    mend: Callable[[], None] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start a process in a session, and so a process group, of its own; its output is appended to the log.

        A group of its own keeps the terminal's Ctrl-C away from it, and what it leaves behind can be ended with it.
        Raises OSError when the command cannot be run.
        """
        rotate(self.log)
        with self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the command comes from this program alone
                self.command,
                env=dict(self.environ),
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _give(process, self.stdin)
        return process


def _give(process: subprocess.Popen[bytes], content: bytes) -> None:
    """Write what fits into a pipe's buffer and close it; whoever ends before reading it shows that by its exit."""
    assert process.stdin is not None  # noqa: S101 - it was opened as a pipe
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(content)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def rotate(log: Path, limit: int = LOG_BYTES) -> None:
    """Move a log of more than `limit` bytes to `NAME.log.1`, over the one before it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))
