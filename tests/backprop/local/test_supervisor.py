import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from backprop.local.guard import Guard
from backprop.local.program import Program
from backprop.local.supervisor import Stop, delay_after, supervise

MakeProgram = Callable[..., Program]
Until = Callable[[Callable[[], object]], None]
Alive = Callable[[int], bool]

POLITE = (
    "def leave(*_):\n    note('{0} down')\n    sys.exit()\n"
    "signal.signal(signal.SIGTERM, leave)\nnote('{0} up')\ntime.sleep(60)"
)
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nnote('up')\ntime.sleep(60)"


class Running:
    """A supervisor in a thread, what it has said, and the notes of its programs."""

    def __init__(self, programs: Sequence[Program], guard: Guard, folder: Path) -> None:
        self.said: list[str] = []
        self.stop = Stop()
        self._order = folder / "order"
        self._thread = threading.Thread(target=supervise, args=(programs, guard, self.stop, self.said.append))
        self._thread.start()

    @property
    def notes(self) -> list[str]:
        return self._order.read_text().split("\n")[:-1] if self._order.exists() else []

    def end(self, asks: int = 1) -> None:
        for _ in range(asks):
            self.stop.ask()
        self._thread.join()


def test_delays_double_up_to_five_seconds() -> None:
    delays = [0.0]
    for _ in range(8):
        delays.append(delay_after(ran=0, previous=delays[-1]))
    assert delays[1:] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5])


def test_delay_is_short_again_after_a_stable_while() -> None:
    assert delay_after(ran=10, previous=5) == 0.1


def test_programs_stop_in_the_opposite_order_of_their_start(
    program: MakeProgram, guard: Guard, tmp_path: Path, until: Until
) -> None:
    names = ["broker", "worker", "service"]
    running = Running([program(name, POLITE.format(name)) for name in names], guard, tmp_path)
    until(lambda: len(running.notes) == 3)
    running.end()
    assert running.notes[3:] == ["service down", "worker down", "broker down"]


@pytest.mark.parametrize("status", [0, 7])
def test_whatever_exits_is_started_again_and_again(
    status: int, program: MakeProgram, guard: Guard, tmp_path: Path, until: Until
) -> None:
    running = Running([program("crasher", f"note('up'); sys.exit({status})")], guard, tmp_path)
    until(lambda: len(running.notes) >= 4)
    running.end()
    assert running.said[0].startswith(f"crasher exited with status {status}; starting it again in 0.1 s, see ")
    assert "in 0.2 s" in running.said[1]


def test_a_killed_program_comes_back_without_what_it_left_in_its_group(
    program: MakeProgram, guard: Guard, tmp_path: Path, until: Until, alive: Alive
) -> None:
    source = (
        "import subprocess\n"
        "left = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        "note(f'{os.getpid()} {left.pid}')\ntime.sleep(60)"
    )
    running = Running([program("parent", source)], guard, tmp_path)
    until(lambda: running.notes)
    parent, left = map(int, running.notes[0].split())
    os.kill(parent, signal.SIGKILL)
    until(lambda: len(running.notes) == 2)
    assert not alive(left)
    assert running.said[0].startswith("parent was ended by signal 9; ")
    running.end()


def test_a_program_that_cannot_be_started_is_tried_again(
    program: MakeProgram, guard: Guard, tmp_path: Path, until: Until
) -> None:
    absent = replace(program("absent", ""), command=(str(tmp_path / "nothing"),))
    running = Running([absent, program("other", POLITE.format("other"))], guard, tmp_path)
    until(lambda: len(running.said) >= 2)
    running.end()
    assert running.said[0].startswith("absent cannot be started: ")
    assert running.notes == ["other up", "other down"]


def test_what_does_not_stop_in_its_grace_is_killed(
    program: MakeProgram, guard: Guard, tmp_path: Path, until: Until
) -> None:
    running = Running([program("stubborn", STUBBORN, grace=0.3)], guard, tmp_path)
    until(lambda: running.notes)
    running.end()
    assert running.said[-1] == "stubborn did not stop in time and is killed"


def test_asking_again_ends_the_grace(program: MakeProgram, guard: Guard, tmp_path: Path, until: Until) -> None:
    running = Running([program("stubborn", STUBBORN, grace=60)], guard, tmp_path)
    until(lambda: running.notes)
    began = time.monotonic()
    running.end(asks=2)
    assert time.monotonic() - began < 2
