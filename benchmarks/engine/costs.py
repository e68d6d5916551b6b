"""What an epoch costs as the data and the network grow: rows, width, depth and batch, one of them at a time.

python -m benchmarks.engine.costs [--repeats N]

One thread, float32, adam, relu, softmax over 10 classes of 64 inputs. A ratio is the peer's time over ours.
"""

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from backprop.nn.choices.optimizers import Adam
from benchmarks.engine.peers import PyTorch, peers, pytorch
from benchmarks.engine.timing import medians
from benchmarks.engine.works import Array, Work, classes

INPUTS, CLASSES = 64, 10
ENOUGH = 100_000
"""Rows a run trains on in all, so that what a fit costs before its first step does not count."""


@dataclass(frozen=True)
class Point:
    """One place on an axis; the values given here are where the other axes stand."""

    rows: int = 2000
    width: int = 64
    depth: int = 1
    batch: int = 128

    def work(self) -> Work:
        """The point as a work of a fixed number of rows trained on."""
        return Work(
            "",
            "",
            partial(_clouds, self.rows),
            classes(INPUTS, *[self.width] * self.depth, CLASSES),
            "cross_entropy",
            Adam(),
            epochs=max(1, ENOUGH // self.rows),
            batch=self.batch,
        )


AXES: dict[str, tuple[Callable[[int], Point], tuple[int, ...]]] = {
    "rows": (lambda rows: Point(rows=rows), (200, 2000, 20_000, 100_000)),
    "width": (lambda width: Point(width=width), (8, 32, 128, 512)),
    "depth": (lambda depth: Point(depth=depth), (1, 2, 4, 8)),
    "batch": (lambda batch: Point(batch=batch), (8, 32, 128, 512)),
}
"""By the name of what grows: the point for a value, and the values."""


def _clouds(rows: int) -> tuple[Array, Array]:
    random = np.random.RandomState(0)
    return random.normal(size=(rows, INPUTS)), np.eye(CLASSES)[random.randint(CLASSES, size=rows)]


def cost(point: Point, torch: PyTorch | None, repeats: int) -> str:
    """Nanoseconds a row of ours, and the peers' ratios, as a line."""
    work = point.work()
    examples = work.examples()
    took = medians(peers(work, examples, torch), repeats)
    ours = took.pop("ours")
    ratios = "".join(f"{name} {time / ours:6.2f} times   " for name, time in took.items())
    return f"{1e6 * ours / (work.epochs * point.rows):8.0f} ns a row   {ratios}".rstrip()


def main() -> None:
    """Prints a table an axis."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.costs")
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    warnings.simplefilter("ignore")  # scikit-learn says that it has not converged; it was told not to
    torch = pytorch(threads=1)
    with threadpool_limits(1):
        for axis, (point, values) in AXES.items():
            print(f"{axis}, where else {Point()}")
            for value in values:
                print(f"  {value:7} {cost(point(value), torch, repeats)}")


if __name__ == "__main__":
    main()
