"""The service beside Flask's hello on the same server: polls, predictions and submissions a second, by wrk.

python -m benchmarks.serving [--seconds 3] [--rounds 5] [--connections 16] [--database postgresql://…]
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from backprop.local.broker import free_port, new_broker
from backprop.local.command import Place
from backprop.local.program import Program
from backprop.settings import settings_from
from backprop.store.database import Database
from benchmarks.load import Figures, Request, load, require_wrk
from worker.runner import work
from worker.workplace import Workplace

IRIS = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 50}}
DISTINCT = '{"data":{"builtin":"iris"},"training":{"epochs":50,"seed":%d}}'
ROW = '{"instances": [[5.1, 3.5, 1.4, 0.2]]}'
HELLO = "Flask's hello"


class Work(NamedTuple):
    """One kind of request, and what share of hello's requests a second is expected of it."""

    name: str
    request: Request
    expected: float


@contextmanager
def running(program: Program, port: int | None = None) -> Iterator[None]:
    """Run a program; where it listens on a port, from when it does."""
    process = program.start()
    try:
        while port is not None and not _answers(port):
            if process.poll() is not None:
                raise RuntimeError(program.log.read_text())
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def hello(folder: Path) -> Iterator[Work]:
    """Serve hello."""
    port = free_port()
    place = Place(folder, {**os.environ, "BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)})
    with running(place.python("benchmarks.hello"), port):
        yield Work(HELLO, Request(f"http://127.0.0.1:{port}/hello"), 1.0)


@contextmanager
def service(folder: Path, broker_url: str, database_url: str | None) -> Iterator[list[Work]]:
    """Serve a database with one trained model and nobody who works: submissions stay queued."""
    port, kind = free_port(), "SQLite" if database_url is None else "PostgreSQL"
    environ = {**os.environ, "BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)}
    environ |= {"BACKPROP_BROKER_URL": broker_url, "BACKPROP_DATABASE_URL": database_url or ""}
    place = Place(folder, environ)
    folder.mkdir()
    if place.python("migrations").start().wait():
        raise RuntimeError(f"the database cannot be migrated: see {folder}")
    with running(place.python("service"), port):
        address = f"http://127.0.0.1:{port}/v1"
        job = _trained(address, environ)
        yield [
            Work(f"poll, {kind}", Request(f"{address}/jobs/{job}"), 0.4 if database_url is None else 0.25),
            Work(f"predict 1x4, {kind}", Request(f"{address}/models/iris/predict", "POST", ROW), 0.5),
            Work(f"submit, {kind}", Request(f"{address}/jobs", "POST", DISTINCT), 0.2),
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
        broker = new_broker()
        stack.enter_context(running(Place(folder, os.environ).broker(broker)))
        works = [stack.enter_context(hello(folder))]
        works += stack.enter_context(service(folder / "sqlite", broker.url, None))
        if options.database:
            url = stack.enter_context(new_database(options.database))
            works += stack.enter_context(service(folder / "postgresql", broker.url, url))
        rounds = [
            {kind.name: load(kind.request, options.seconds, options.connections) for kind in works}
            for _ in range(options.rounds)
        ]
    print(
        f"{options.connections} connections by wrk on the same cores, medians of {options.rounds} rounds of"
        f" {options.seconds} s, nobody working on what is submitted; milliseconds"
    )
    _print(works, rounds)


def _print(works: Sequence[Work], rounds: Sequence[Mapping[str, Figures]]) -> None:
    print(f"{'':<24}{'requests/s':>11}{'p50':>8}{'p99':>8}{'of hello':>10}{'expected':>10}")
    for kind in works:
        figures = [one[kind.name] for one in rounds]
        per_second, p50, p99 = (statistics.median(column) for column in zip(*figures, strict=True))
        share = statistics.median(one[kind.name].per_second / one[HELLO].per_second for one in rounds)
        print(f"{kind.name:<24}{per_second:>11.0f}{p50:>8.1f}{p99:>8.1f}{share:>10.2f}{kind.expected:>10.2f}")


def _trained(address: str, environ: Mapping[str, str]) -> str:
    """Submit a job, train it as a worker would, and return its id."""
    headers = {"Content-Type": "application/json"}
    sent = urllib.request.Request(f"{address}/jobs", json.dumps(IRIS).encode(), headers)  # noqa: S310  our own address
    with urllib.request.urlopen(sent) as answer:  # noqa: S310
        job: dict[str, Any] = json.load(answer)
    settings = settings_from(environ)
    database = Database(settings.database_url, settings.blob_dir)
    work(Workplace(database, "benchmark", lambda: None))
    database.close()
    return str(job["id"])


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--database", default=os.environ.get("BACKPROP_TEST_DATABASE_URL"))
    main(parser.parse_args())
