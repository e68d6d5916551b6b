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
from benchmarks.engine.works import WORKS, Work

SECONDS = 0.5
FEWEST = 5
"""For how long and how often at least a step is timed."""


def begun(work: Work) -> Training:
    """The work's training after its first step, whose rows are still loaded."""
    training = Training(work.network, work.recipe(), work.examples())
    next(training.steps(1))
    return training


def name_of(call: Any) -> str:
    """The function that is called and the shapes that it is bound to, or the closure's place in the source."""
    if isinstance(call, partial):
        arrays = [argument for argument in call.args if isinstance(argument, np.ndarray) and argument.ndim]
        shapes = " ".join("x".join(map(str, array.shape)) for array in arrays)
        name = getattr(call.func, "__name__", type(call.func).__name__)
        return f"{name.removeprefix('function ')} {shapes}"
    name = getattr(call, "__qualname__", type(call).__name__)
    return str(name).replace(".<locals>", "")


def microseconds(training: Training) -> list[float]:
    """The median time of each call of a step in its order, which keeps the cache as training has it.

    The step is the same every time: repeated without end it would come to rest at numbers that are slow to work with.
    """
    calls = training.step_calls()
    times: list[list[float]] = [[] for _ in calls]
    kept = [(vector, vector.copy()) for vector in (training.live.parameters, *training.live.slots.values())]
    clock = time.perf_counter_ns
    end = clock() + SECONDS * 1e9
    while len(times[0]) < FEWEST or clock() < end:
        for vector, before in kept:
            vector[...] = before
        for place, call in enumerate(calls):
            start = clock()
            call()
            times[place].append(clock() - start)
    return [statistics.median(of_call) / 1000 for of_call in times]


def timed(work: Work) -> list[tuple[str, float]]:
    """Each call of a step of the work, by name, and its microseconds."""
    training = begun(work)
    with threadpool_limits(work.threads), np.errstate(all="ignore"):
        took = microseconds(training)
    return list(zip(map(name_of, training.step_calls()), took, strict=True))


def share_of(took: list[tuple[str, float]]) -> float:
    """The share of the time that is matrix products, from 0 to 1."""
    products = sum(spent for name, spent in took if name.startswith(("sgemm", "_in_turn")))
    return products / sum(spent for _, spent in took)


def share_of_products(work: Work) -> float:
    """The share of a step of the work that is matrix products, from 0 to 1."""
    return share_of(timed(work))


def main(letter: str) -> None:
    """Prints the work's step, call by call."""
    took = timed(next(work for work in WORKS if work.letter == letter))
    for name, spent in took:
        print(f"{spent:9.2f} us  {name}")
    whole = sum(spent for _, spent in took)
    print(f"{whole:9.2f} us  a step of {len(took)} calls; {100 * share_of(took):.0f} % of it matrix products")


if __name__ == "__main__":
    main(sys.argv[1])
