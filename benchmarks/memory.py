"""Memory of a program's processes: the most that each has held, those that come and go among them."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SECONDS_BETWEEN_LOOKS = 0.02


@contextmanager
def watched(pid: int) -> Iterator[Mapping[str, int]]:
    """Give the most bytes that a process and those below it hold while the block runs, by name and number."""
    peaks: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            _look(pid, peaks)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()
        _look(pid, peaks)


def _look(pid: int, peaks: dict[str, int]) -> None:
    for number in _below(pid):
        try:
            status = Path(f"/proc/{number}/status").read_text()
            command = Path(f"/proc/{number}/cmdline").read_text().split("\0")
        except OSError:
            continue  # it has gone
        lines = dict(line.split(":\t", 1) for line in status.splitlines())
        if "VmHWM" in lines:
            name = f"{' '.join(command[1:3])} {number}"
            peaks[name] = max(peaks.get(name, 0), 1024 * int(lines["VmHWM"].split()[0]))


def _below(pid: int) -> Iterator[int]:
    yield pid
    for task in _listed(f"/proc/{pid}/task"):
        try:
            children = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _below(int(child))


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
