"""A foreground process that keeps programs running, starting whatever exits again, for ever, until told to stop."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from backprop.local.guard import Guard, kill_group
from backprop.local.program import Program

SHORTEST_DELAY = 0.1
LONGEST_DELAY = 5.0
MENDING_DELAY = 0.4  # the third exit in a row
STABLE_SECONDS = 10.0
LOOK_SECONDS = 0.05

Say = Callable[[str], None]


class Stop:
    """How often the user has asked to stop: once means in good order, twice means now.

    A plain number and no threading.Event: a signal that arrives while the main thread holds an event's lock would
    wait for that lock for ever.
    """

    def __init__(self) -> None:
        self._asked = 0

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.ask())

    def ask(self) -> None:
        """Ask once more."""
        self._asked += 1

    @property
    def requested(self) -> bool:
        """Whether anyone has asked."""
        return self._asked > 0

    @property
    def hurried(self) -> bool:
        """Whether anyone has asked again."""
        return self._asked > 1


def delay_after(ran: float, previous: float) -> float:
    """Return the seconds to wait before a program that ran for `ran` seconds is started again: 0.1, 0.2 … 5."""
    if previous == 0 or ran >= STABLE_SECONDS:
        return SHORTEST_DELAY
    return min(2 * previous, LONGEST_DELAY)


class Child:
    """One program, its present process, and when the next one is due."""

    def __init__(self, program: Program, guard: Guard, say: Say) -> None:
        self.program = program
        self._guard = guard
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._delay = 0.0
        self._due = 0.0

    def tend(self) -> None:
        """Start the program if it is due, and see to its next start if it has exited."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start()
        elif self._process.poll() is not None:
            status = self._process.returncode
            self._bury()
            self._postpone(f"exited with status {status}" if status >= 0 else f"was ended by signal {-status}")

    def stop(self, stop: Stop) -> None:
        """Send SIGTERM, wait for the program's grace or until the user hurries, and kill whatever is left of it."""
        if self._process is None:
            return
        self._process.terminate()
        deadline = time.monotonic() + self.program.grace
        while self._process.poll() is None and time.monotonic() < deadline and not stop.hurried:
            time.sleep(LOOK_SECONDS)
        if self._process.poll() is None:
            self._say(f"{self.program.name} did not stop in time and is killed")
        self._bury()

    def _start(self) -> None:
        self._began = time.monotonic()
        try:
            self._process = self.program.start()
        except OSError as error:
            self._postpone(f"cannot be started: {error}")
        else:
            self._guard.watch(self._process.pid)

    def _bury(self) -> None:
        """End what the process left in its group, which could hold a port that the next one needs."""
        if self._process is not None:
            kill_group(self._process.pid)
            self._process.wait()
            self._guard.release(self._process.pid)
            self._process = None

    def _postpone(self, reason: str) -> None:
        now = time.monotonic()
        delay = delay_after(now - self._began, self._delay)
        if delay != self._delay or delay < LONGEST_DELAY:  # at its longest it would say the same every 5 s, for ever
            self._say(f"{self.program.name} {reason}; starting it again in {delay:g} s, see {self.program.log}")
        if self.program.mend and delay >= MENDING_DELAY:
            self.program.mend()
        self._delay = delay
        self._due = now + delay


def supervise(programs: Sequence[Program], guard: Guard, stop: Stop, say: Say) -> None:
    """Keep the programs running, started in this order, until asked to stop; then stop them in the opposite order."""
    children = [Child(program, guard, say) for program in programs]
    while not stop.requested:
        guard.tend()
        for child in children:
            child.tend()
        time.sleep(LOOK_SECONDS)
    say("stopping; Ctrl-C again to hurry")
    for child in reversed(children):
        child.stop(stop)
