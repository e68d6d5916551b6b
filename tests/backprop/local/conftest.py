"""Tiny real programs to be supervised, a guard, and patience."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backprop.local.guard import Guard
from backprop.local.program import Program


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until a condition holds; fails after 10 s."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "this did not come true within 10 s"
            time.sleep(0.02)

    return wait


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Program]:
    """Make a program of a few lines of Python that runs in `tmp_path`, where `note()` appends to the file `order`."""
    head = "import os, signal, sys, time\ndef note(word):\n    open('order', 'a').write(word + '\\n')\n"

    def make(name: str, source: str, grace: float = 5.0) -> Program:
        command = (sys.executable, "-S", "-c", head + source)
        return Program(name, command, dict(os.environ), tmp_path / f"{name}.log", grace, directory=tmp_path)

    return make


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Return a guard that is closed at the end, and with it whatever a test left running."""
    guard = Guard()
    yield guard
    guard.close()


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Tell whether a process runs; one that has ended and waits to be reaped does not."""

    def look(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"

    return look
