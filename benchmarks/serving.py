"""The service beside Flask's hello on the same server: polls, predictions and submissions a second, by wrk.

python -m benchmarks.serving [--seconds 3] [--rounds 5] [--connections 16] [--database postgresql://…]
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.load import Figures, Request, load, require_wrk
from benchmarks.servers import Served, broker, hello, service, trained

IRIS = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 50}}
DISTINCT = b'{"data":{"builtin":"iris"},"training":{"epochs":50,"seed":%d}}'
ROW = b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}'
HELLO = "Flask's hello"


class Work(NamedTuple):
    """One kind of request, and what share of hello's requests a second is expected of it."""

    name: str
    request: Request
    expected: float


def works(served: Served, kind: str, poll: float) -> list[Work]:
    """What is asked of a service whose database is of such a kind; `poll` is the share expected of polls."""
    job = trained(served, IRIS)
    return [
        Work(f"poll, {kind}", Request(f"{served.address}/jobs/{job}"), poll),
        Work(f"predict 1x4, {kind}", Request(f"{served.address}/models/iris/predict", "POST", ROW), 0.5),
        Work(f"submit, {kind}", Request(f"{served.address}/jobs", "POST", DISTINCT), 0.2),
    ]


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Make a PostgreSQL database for this run, on the server of another."""
    name = f"backprop_benchmark_{os.getpid()}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield server_url.rpartition("/")[0] + "/" + name
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def main(options: argparse.Namespace) -> None:
    """Measure every kind of request in rounds, and print the table."""
    require_wrk()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker_url = stack.enter_context(broker(folder))
        asked = [Work(HELLO, stack.enter_context(hello(folder)), 1.0)]
        asked += works(stack.enter_context(service(folder / "sqlite", broker_url, None)), "SQLite", 0.4)
        if options.database:
            url = stack.enter_context(new_database(options.database))
            asked += works(stack.enter_context(service(folder / "postgresql", broker_url, url)), "PostgreSQL", 0.25)
        rounds = [
            {kind.name: load(kind.request, options.seconds, options.connections) for kind in asked}
            for _ in range(options.rounds)
        ]
    print(
        f"{options.connections} connections by wrk on the same cores, medians of {options.rounds} rounds of"
        f" {options.seconds} s, nobody working on what is submitted; milliseconds"
    )
    _print(asked, rounds)


def _print(works: Sequence[Work], rounds: Sequence[Mapping[str, Figures]]) -> None:
    print(f"{'':<24}{'requests/s':>11}{'p50':>8}{'p99':>8}{'of hello':>10}{'expected':>10}")
    for kind in works:
        figures = [one[kind.name] for one in rounds]
        per_second, p50, p99 = (statistics.median(column) for column in zip(*figures, strict=True))
        share = statistics.median(one[kind.name].per_second / one[HELLO].per_second for one in rounds)
        print(f"{kind.name:<24}{per_second:>11.0f}{p50:>8.1f}{p99:>8.1f}{share:>10.2f}{kind.expected:>10.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--database", default=os.environ.get("BACKPROP_TEST_DATABASE_URL"))
    main(parser.parse_args())
