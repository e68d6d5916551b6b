"""Servers that are measured, started for the while: the service, and Flask's hello behind the same door."""

import http.client
import json
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from backprop.local.broker import free_port, new_broker
from backprop.local.command import Place
from backprop.local.program import Program
from backprop.settings import settings_from
from backprop.store.database import Database
from benchmarks.load import Request
from worker.runner import work
from worker.workplace import Workplace


class Served(NamedTuple):
    """A service that runs: where, and with which settings."""

    address: str
    environ: Mapping[str, str]


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
def broker(folder: Path) -> Iterator[str]:
    """Run the embedded broker, and yield its URL."""
    broker = new_broker()
    with running(Place(folder, os.environ).broker(broker)):
        yield broker.url


@contextmanager
def hello(folder: Path) -> Iterator[Request]:
    """Serve hello."""
    port = free_port()
    place = Place(folder, {**os.environ, "BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)})
    with running(place.python("benchmarks.hello"), port):
        yield Request(f"http://127.0.0.1:{port}/hello")


@contextmanager
def service(folder: Path, broker_url: str, database_url: str | None) -> Iterator[Served]:
    """Serve a database, and nobody who works: submissions stay queued."""
    port = free_port()
    environ = {**os.environ, "BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)}
    environ |= {"BACKPROP_BROKER_URL": broker_url, "BACKPROP_DATABASE_URL": database_url or ""}
    place = Place(folder, environ)
    folder.mkdir()
    if place.python("migrations").start().wait():
        raise RuntimeError(f"the database cannot be migrated: see {folder}")
    with running(place.python("service"), port):
        yield Served(f"http://127.0.0.1:{port}/v1", environ)


def trained(served: Served, job: Mapping[str, Any]) -> str:
    """Submit a job, train it as a worker would, and return its id."""
    headers = {"Content-Type": "application/json"}
    sent = urllib.request.Request(f"{served.address}/jobs", json.dumps(job).encode(), headers)  # noqa: S310  our own address
    with urllib.request.urlopen(sent) as answer:  # noqa: S310
        document: dict[str, Any] = json.load(answer)
    settings = settings_from(served.environ)
    database = Database(settings.database_url, settings.blob_dir)
    work(Workplace(database, "benchmark", lambda: None))
    database.close()
    return str(document["id"])


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
