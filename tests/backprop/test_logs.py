"""One form for every line, and no secret in any: for machines JSON, for people something to read."""

import io
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from backprop import logs

SECRET = "open-sesame"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def set_up() -> Iterator[Callable[[io.StringIO], None]]:
    """The set-up, undone when the test is over."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield logs.set_up
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def lines(set_up: Callable[[io.StringIO], None]) -> Callable[[], list[dict[str, Any]]]:
    """The lines that a machine has been given up to now."""
    stream = io.StringIO()
    set_up(stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_structlog_and_the_standard_library_write_the_same_form(lines: Callable[[], list[dict[str, Any]]]) -> None:
    structlog.get_logger().info("request", status=200)
    logging.getLogger("backprop.store").info("job %s", "started", extra={"job_id": "job_1"})
    ours, theirs = lines()
    assert ours.pop("timestamp") <= theirs.pop("timestamp")
    assert ours == {"event": "request", "status": 200, "level": "info"}
    assert theirs == {"event": "job started", "job_id": "job_1", "level": "info", "logger": "backprop.store"}


def test_gathered_lines_are_written_in_order() -> None:
    stream = io.StringIO()
    gathered = logs.Gathered(stream, seconds=0.0)
    for number in range(100):
        gathered.write(f"{number}\n")
        gathered.flush()
    late = time.monotonic() + 20
    while stream.getvalue().count("\n") < 100 and time.monotonic() < late:
        time.sleep(0.01)
    assert stream.getvalue().split() == [str(number) for number in range(100)]


def test_libraries_are_heard_from_warnings_on(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("celery.worker").info("connected")
    logging.getLogger("celery.worker").warning("connection lost")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert [(line["logger"], line["level"]) for line in lines()] == [
        ("celery.worker", "warning"),
        ("py.warnings", "warning"),
    ]


def test_what_is_bound_to_a_request_is_in_every_line_of_it(lines: Callable[[], list[dict[str, Any]]]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        logging.getLogger("backprop").info("job queued")
    assert lines()[0]["request_id"] == "r1"


def fail(reason: str) -> None:
    raise ValueError(reason)


def test_an_exception_is_one_line(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        fail(f"redis://:{SECRET}@localhost")
    except ValueError:
        logging.getLogger("worker").exception("crashed")
    (line,) = lines()
    assert line["event"] == "crashed"
    assert line["exception"].endswith("ValueError: redis://:***@localhost")


def test_a_terminal_gets_something_to_read_without_local_variables(set_up: Callable[[io.StringIO], None]) -> None:
    stream = Terminal()
    set_up(stream)
    try:
        fail("broken")
    except ValueError:
        structlog.get_logger().exception("crashed", job_id="job_1")
    shown = stream.getvalue()
    assert "crashed" in shown
    assert "ValueError: broken" in shown
    assert "{" not in shown
    assert "reason =" not in shown


@pytest.mark.parametrize(
    "text",
    [
        f"redis://:{SECRET}@localhost:6379/0",
        f"postgresql+psycopg://backprop:{SECRET}@postgres/backprop",
        f"postgresql://backprop:{SECRET}@a/b@postgres/backprop",
        f"Authorization: Bearer {SECRET}",
        f"AUTHORIZATION=Basic {SECRET}",
        f"{{'Authorization': 'Bearer {SECRET}'}}",
        f"('HTTP_AUTHORIZATION', '{SECRET}')",
        json.dumps(json.dumps({"Authorization": f"Bearer {SECRET}"})),
        f"the header said bearer {SECRET}",
        f"host=localhost password={SECRET} user=backprop",
        f"Settings(api_key='{SECRET}')",
    ],
)
def test_passwords_and_keys_are_hidden(text: str) -> None:
    hidden = logs.hide_secrets(text)
    assert SECRET not in hidden
    assert "***" in hidden


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:8000/v1/jobs", "postgresql://backprop@postgres/backprop", "password authentication failed"],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.hide_secrets(text) == text
