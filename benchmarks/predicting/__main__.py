"""Predictions a second beside Flask's hello on the same server, FastAPI with scikit-learn, and MLflow's server.

python -m benchmarks.predicting [--seconds 3] [--rounds 5] [--connections 16]
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.load import Figures, Request, load, require_wrk
from benchmarks.predicting.networks import ASKED, Asked
from benchmarks.predicting.servers import ours, peers
from benchmarks.servers import broker, hello

OURS = "ours"
PROCESSES = max(2, len(os.sched_getaffinity(0)))  # as many as the service starts


def measure(asked: Asked, options: argparse.Namespace) -> list[dict[str, Figures]]:
    """What each server did in each round, by its name."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        requests: dict[str, Request] = {"hello": stack.enter_context(hello(folder))}
        requests |= stack.enter_context(ours(folder, stack.enter_context(broker(folder)), asked))
        requests |= stack.enter_context(peers(folder, PROCESSES, asked))
        return [
            {name: load(request, options.seconds, options.connections) for name, request in requests.items()}
            for _ in range(options.rounds)
        ]


def show(asked: Asked, rounds: Sequence[Mapping[str, Figures]]) -> None:
    """Print a table: a row a server; how many times its requests a second ours are, and what is aimed at."""
    print(f"{asked!s:<16}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'ours / it':>11}{'goal':>7}")
    for name in rounds[0]:
        figures = [one[name] for one in rounds]
        per_second, p50, p99 = (statistics.median(column) for column in zip(*figures, strict=True))
        times = statistics.median(one[OURS].per_second / one[name].per_second for one in rounds)
        goal = f"{asked.goals[name]:g}" if name in asked.goals else ""
        print(f"{name:<16}{per_second:>11.0f}{p50:>9.1f}{p99:>9.1f}{times:>11.2f}{goal:>7}")


def main(options: argparse.Namespace) -> None:
    """Measure every network and print its table."""
    require_wrk()
    print(
        f"{options.connections} connections by wrk on the same cores, {PROCESSES} processes a server, one BLAS thread"
        f" each, medians of {options.rounds} rounds of {options.seconds} s"
    )
    for asked in ASKED:
        show(asked, measure(asked, options))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    main(parser.parse_args())
