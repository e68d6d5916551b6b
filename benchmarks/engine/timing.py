"""Runs that take turns, and how long each of them takes."""

import statistics
import time
from collections.abc import Callable, Mapping


def seconds(run: Callable[[], object]) -> float:
    """How long one run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def medians(runs: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Milliseconds a run, by name, of runs that take turns; each is warmed up by one run that does not count."""
    for run in runs.values():
        run()
    rounds = [{name: 1000 * seconds(run) for name, run in runs.items()} for _ in range(repeats)]
    return {name: statistics.median(turn[name] for turn in rounds) for name in runs}
