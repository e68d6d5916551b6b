import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from backprop.local.guard import Guard, end
from backprop.local.program import Program

MakeProgram = Callable[..., Program]
Until = Callable[[Callable[[], object]], None]
Alive = Callable[[int], bool]


def reap(process: subprocess.Popen[bytes]) -> None:
    """Take note of the end of a child of ours, as init does for a dead supervisor's, so that it is seen to be gone."""
    threading.Thread(target=process.wait).start()


def test_closing_it_ends_the_watched_and_spares_the_released(program: MakeProgram, alive: Alive) -> None:
    guard = Guard()
    watched, released = (program(name, "time.sleep(60)").start() for name in ("watched", "released"))
    guard.watch(watched.pid)
    guard.watch(released.pid)
    guard.release(released.pid)
    reap(watched)
    guard.close()
    assert watched.wait() == -signal.SIGTERM
    assert alive(released.pid)
    released.kill()
    released.wait()


def test_a_guard_that_was_killed_is_replaced_by_one_that_knows_the_same(program: MakeProgram, until: Until) -> None:
    guard = Guard()
    watched = program("watched", "time.sleep(60)").start()
    guard.watch(watched.pid)
    first = guard.pid
    os.kill(first, signal.SIGKILL)

    def replaced() -> bool:
        guard.tend()
        return guard.pid != first

    until(replaced)
    reap(watched)
    guard.close()
    assert watched.wait() == -signal.SIGTERM


def test_what_ignores_the_request_is_killed_after_the_grace(program: MakeProgram, tmp_path: Path, until: Until) -> None:
    stubborn = program("stubborn", "signal.signal(signal.SIGTERM, signal.SIG_IGN); note('up'); time.sleep(60)").start()
    until((tmp_path / "order").exists)
    began = time.monotonic()
    end([stubborn.pid], grace=0.3)
    assert stubborn.wait() == -signal.SIGKILL
    assert 0.3 <= time.monotonic() - began < 2


def test_a_sigkilled_parent_leaves_neither_children_nor_grandchildren(
    tmp_path: Path, until: Until, alive: Alive
) -> None:
    child = (
        "import subprocess, sys, os; "
        "grandchild = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)']); "
        "open('pids', 'w').write(f'{os.getpid()} {grandchild.pid}\\n'); grandchild.wait()"
    )
    parent = (
        "import sys, os, time\n"
        "from pathlib import Path\n"
        "from backprop.local.guard import Guard\n"
        "from backprop.local.program import Program\n"
        f"process = Program('child', (sys.executable, '-S', '-c', {child!r}), os.environ, Path('child.log')).start()\n"
        "guard = Guard()\n"
        "guard.watch(process.pid)\n"
        "time.sleep(60)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=tmp_path, env=environ)
    pids = tmp_path / "pids"
    until(lambda: pids.exists() and pids.read_text().endswith("\n"))
    time.sleep(0.3)  # the guard has been told
    process.kill()
    process.wait()
    for pid in map(int, pids.read_text().split()):
        until(lambda pid=pid: not alive(pid))  # type: ignore[misc]
