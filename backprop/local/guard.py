"""A second small process that outlives the supervisor just long enough to end the programs it leaves behind.

The supervisor tells it each process it starts; when the supervisor is gone, however it went, the pipe between them
closes and the guard ends what is left. Unlike Linux's parent-death signal this works on macOS too, and reaches the
processes that those programs started themselves.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

GRACE_SECONDS = 10.0
LOOK_SECONDS = 0.05


class Guard:
    """The supervisor's end: names the processes to end when this process is no more."""

    def __init__(self, keep_open: Iterable[int] = ()) -> None:
        """Start the guard; it holds the file descriptors `keep_open` (the data directory's lock) until it is done."""
        self._keep_open = tuple(keep_open)
        self._leaders: set[int] = set()
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The guard's own process id."""
        return self._process.pid

    def watch(self, leader: int) -> None:
        """Have the process group of `leader` ended should this process vanish."""
        self._leaders.add(leader)
        self._tell(f"+{leader}")

    def release(self, leader: int) -> None:
        """Forget a group that has ended, before its number can be given to another."""
        self._leaders.discard(leader)
        self._tell(f"-{leader}")

    def tend(self) -> None:
        """Start the guard again if something has ended it."""
        if self._process.poll() is not None:
            self.close()
            self._process = self._start()
            for leader in self._leaders:
                self._tell(f"+{leader}")

    def close(self) -> None:
        """Close the pipe and wait until the guard has ended what it still watches."""
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        self._process.stdin.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "backprop.local.guard"],
            stdin=subprocess.PIPE,
            bufsize=0,
            pass_fds=self._keep_open,
            start_new_session=True,
        )

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        # A guard that was killed is started again by tend(), which tells the new one everything.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line.encode() + b"\n")


def end(leaders: Iterable[int], grace: float = GRACE_SECONDS) -> None:
    """Ask each leader to stop, and kill what is left of its group once it is gone or `grace` seconds are over."""
    left = set(leaders)
    for leader in left:
        _send(os.kill, leader, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        for leader in [one for one in left if not _send(os.kill, one, 0)]:
            kill_group(leader)
            left.remove(leader)
    for leader in left:
        kill_group(leader)


def kill_group(leader: int) -> None:
    """Send SIGKILL to whatever is left of a process group; nothing being left is fine."""
    _send(os.killpg, leader, signal.SIGKILL)


def _send(kill: Callable[[int, int], None], target: int, number: int) -> bool:
    try:
        kill(target, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses a signal to a group of zombies
        return False
    return True


def main() -> None:
    """Read `+leader` and `-leader` lines until the pipe closes, then end the leaders that remain."""
    leaders: set[int] = set()
    for line in sys.stdin:
        (leaders.add if line[0] == "+" else leaders.discard)(int(line[1:]))
    end(leaders)


if __name__ == "__main__":
    main()
