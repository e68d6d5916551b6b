"""The engine beside scikit-learn's MLP and PyTorch: same data, batches, optimizer, epochs, dtype and threads.

python -m benchmarks.engine [--repeats N] [--works abcf] [--compiled]

Every row is medians of interleaved runs; a ratio is the peer's time over ours. PyTorch is left out where it is not
installed (`pip install torch`), and said so.
"""

import argparse
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from backprop.nn import Examples, Stack, stack_size
from benchmarks.engine.explain import share_of_products
from benchmarks.engine.peers import PyTorch, grid_search, peers, pytorch
from benchmarks.engine.timing import medians
from benchmarks.engine.works import WORKS, Work

NETWORKS = 64


def stacks_of(work: Work) -> int:
    """How many stacks 64 networks are trained in."""
    return max(1, round(NETWORKS / stack_size(work.network, work.batch)))


def stacked(work: Work, examples: Examples) -> None:
    """64 networks at learning rates of their own, in stacks of one size, as large as the cache takes or nearly."""
    rates = np.geomspace(1e-4, 1e-2, NETWORKS).tolist()
    recipes = [replace(work.recipe(), optimizer=replace(work.optimizer, learning_rate=rate)) for rate in rates]
    if stacks_of(work) == NETWORKS:
        one_by_one(work, examples)
        return
    for part in np.array_split(np.arange(NETWORKS), stacks_of(work)):
        for _ in Stack(work.network, [recipes[number] for number in part], [examples]).epochs():
            pass


def one_by_one(work: Work, examples: Examples) -> None:
    """The same 64, each alone."""
    for rate in np.geomspace(1e-4, 1e-2, NETWORKS).tolist():
        replace(work, optimizer=replace(work.optimizer, learning_rate=rate)).train(examples)


def compare(work: Work, torch: PyTorch | None, compiled: bool, repeats: int) -> None:
    """Prints the work's row."""
    examples = work.examples()
    with threadpool_limits(work.threads):
        if torch is not None:
            torch.threads(work.threads)
        took = medians(peers(work, examples, torch, compiled=compiled), repeats)
        share = 100 * share_of_products(work)
    ours = took.pop("ours")
    cells = [f"{name} {time:.0f} ms, {time / ours:.2f} times ours" for name, time in took.items()]
    goals = " and ".join(f"{goal:g}" for goal in work.goals)
    threads = "one thread" if work.threads == 1 else f"{work.threads} threads"
    print(
        f"{work.letter}  {work.what}, {threads}: ours {ours:.0f} ms, {share:.0f} % of a step matrix products; "
        f"{'; '.join(cells)}; goals {goals}"
    )


def compare_stacks(work: Work, repeats: int, *, searched: bool) -> None:
    """Prints the row of 64 networks of the work."""
    examples = work.examples()
    runs: dict[str, Callable[[], object]] = {
        "stacked": lambda: stacked(work, examples),
        "one by one": lambda: one_by_one(work, examples),
    }
    if searched:
        runs["GridSearchCV"] = grid_search(work, examples, NETWORKS)
    with threadpool_limits(1):
        took = medians(runs, repeats)
    ours = took.pop("stacked")
    cells = [f"{name} {time:.0f} ms, {time / ours:.2f} times that" for name, time in took.items()]
    print(f"64 x {work.letter}, stacks of {NETWORKS // stacks_of(work)}: {ours:.0f} ms; {'; '.join(cells)}")


def main() -> None:
    """Measures what is asked for and prints a row each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--works", default="abcf", help="letters; d and e take minutes")
    parser.add_argument("--compiled", action="store_true", help="PyTorch compiled, too")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn says that it has not converged; it was told not to
    torch = pytorch(threads=1)
    if torch is None:
        print("PyTorch is not installed, and so left out")
    for work in WORKS:
        if work.letter in chosen.works:
            compare(work, torch, chosen.compiled, chosen.repeats)
    for work in WORKS:
        if work.letter in "bc" and work.letter in chosen.works:
            compare_stacks(work, 1, searched=work.letter == "b")


if __name__ == "__main__":
    main()
