"""A plan's calls with their times: what a step of a work is made of, and the share that is matrix products.

python -m benchmarks.engine.explain c
"""

import statistics
import sys
import time
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from backprop.nn import Training
from backprop.nn.calls import Calls
from benchmarks.engine.works import WORKS, Work

ROUNDS = 2000


def step_of(work: Work) -> Calls:
    """The calls of the work's first batch, its rows loaded."""
    training = Training(work.network, work.recipe(), work.examples())
    next(training.steps(1))
    return training.step_calls()


def name_of(call: Any) -> str:
    """The function that is called and the shapes that it is bound to, or the closure's place in the source."""
    if isinstance(call, partial):
        arrays = [argument for argument in call.args if isinstance(argument, np.ndarray) and argument.ndim]
        shapes = " ".join("x".join(map(str, array.shape)) for array in arrays)
        name = getattr(call.func, "__name__", type(call.func).__name__)
        return f"{name.removeprefix('function ')} {shapes}"
    name = getattr(call, "__qualname__", type(call).__name__)
    return str(name).replace(".<locals>", "")


def microseconds(calls: Calls) -> list[float]:
    """The median time of each call in the step's order, which keeps the cache as training has it."""
    times: list[list[float]] = [[] for _ in calls]
    clock = time.perf_counter_ns
    for _ in range(ROUNDS):
        for place, call in enumerate(calls):
            start = clock()
            call()
            times[place].append(clock() - start)
    return [statistics.median(of_call) / 1000 for of_call in times]


def main(letter: str) -> None:
    """Prints the work's step, call by call."""
    work = next(work for work in WORKS if work.letter == letter)
    calls = step_of(work)
    with threadpool_limits(work.threads), np.errstate(all="ignore"):
        took = microseconds(calls)
    names = [name_of(call) for call in calls]
    for name, time_of_call in zip(names, took, strict=True):
        print(f"{time_of_call:9.2f} us  {name}")
    products = sum(spent for name, spent in zip(names, took, strict=True) if name.startswith(("sgemm", "_in_turn")))
    share = 100 * products / sum(took)
    print(f"{sum(took):9.2f} us  a step of {len(calls)} calls; {share:.0f} % of it matrix products")


if __name__ == "__main__":
    main(sys.argv[1])
