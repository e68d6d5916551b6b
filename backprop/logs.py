"""Logs: every line of every process in one form, our own and the libraries', and no secret in any of them.

A line is a JSON object, or readable where standard error is a terminal. Entry modules alone call `set_up`.
"""

import json
import logging
import re
import sys
import threading
import time
from collections import deque
from multiprocessing.util import Finalize
from typing import TextIO

import orjson
import structlog
from structlog.contextvars import merge_contextvars
from structlog.processors import TimeStamper, add_log_level, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_logger_name
from structlog.typing import EventDict, Processor

OURS = ("backprop", "service", "worker")  # whose lines are kept from INFO on; libraries' from WARNING on
HIDDEN = r"\1***"
SECRETS = re.compile(
    r"""(
        ://[^\s:/@"']*:(?=[^\s"']*@)                                            # the password in a URL
      | authorization[\s"'\\:=,]+(?:(?:bearer|basic)\s+)?                       # a header, however it is written
      | bearer\s+
      | (?:password|api_key)["'\\]*\s*[:=]\s*["'\\]*                            # a driver's own notation
    )(?:(?<=:)[^\s"']*(?=@)|[^\s"'\\,}]+)""",
    re.IGNORECASE | re.VERBOSE,
)
SECONDS_GATHERED = 0.02
SIGNS = ("://", "authorization", "bearer", "password", "api_key")  # without one of these there is no secret to look for

# The default would show each frame's local variables, and with them whatever secrets they hold.
_CONSOLE = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
_encode_any = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


class Gathered:
    """A stream whose lines are written together, a moment later, by a thread of its own.

    To write one lets other threads have the interpreter, which costs a busy service more than to answer a request. The
    thread begins with the first line: a process that is forked before then has one of its own.
    """

    def __init__(self, stream: TextIO, seconds: float = SECONDS_GATHERED) -> None:
        self._stream, self._seconds = stream, seconds
        self._lines: deque[str] = deque()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def isatty(self) -> bool:
        """Whether the lines are for a terminal."""
        return self._stream.isatty()

    def write(self, text: str) -> None:
        """Take a line."""
        self._lines.append(text)

    def flush(self) -> None:
        """Have the lines written soon; return at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="log", daemon=True)
            self._thread.start()
            Finalize(None, self._write, exitpriority=1)  # by multiprocessing, whose children know no atexit
        if not self._wanted.is_set():
            self._wanted.set()

    def _run(self) -> None:
        while self._wanted.wait():
            time.sleep(self._seconds)
            self._wanted.clear()  # before they are written: a line that comes meanwhile is one of the next
            self._write()

    def _write(self) -> None:
        self._stream.write("".join(self._lines.popleft() for _ in range(len(self._lines))))
        self._stream.flush()


def set_up(stream: TextIO | Gathered | None = None) -> None:
    """Have all that this process and the processes it forks log written to `stream`: standard error if None."""
    stream = stream or sys.stderr
    form: list[Processor] = [_readable] if stream.isatty() else [format_exc_info, _as_json]
    common: list[Processor] = [merge_contextvars, add_log_level, TimeStamper(fmt="iso")]
    structlog.configure(
        processors=[*common, *form],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),  # type: ignore[arg-type]  # it asks for no more
        cache_logger_on_first_use=True,  # a third of what a line costs
    )
    handler = logging.StreamHandler(stream)
    foreign: list[Processor] = [*common, add_logger_name, ExtraAdder()]
    handler.setFormatter(
        ProcessorFormatter(foreign_pre_chain=foreign, processors=[ProcessorFormatter.remove_processors_meta, *form])
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def hide_secrets(text: str) -> str:
    """Return the text with every password and key in it hidden."""
    low = text.lower()
    return SECRETS.sub(HIDDEN, text) if any(sign in low for sign in SIGNS) else text


def _as_json(_logger: object, _method: str, event: EventDict) -> str:
    try:
        line = orjson.dumps(event, default=str).decode()
    except orjson.JSONEncodeError:  # of half a surrogate pair, or a whole number of more than 64 bits
        line = _encode_any(event)
    return hide_secrets(line)


def _readable(logger: object, method: str, event: EventDict) -> str:
    return hide_secrets(_CONSOLE(logger, method, event))
