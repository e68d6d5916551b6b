"""Running programs: on the embedded database and broker, and on PostgreSQL and Redis where variables name them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.end_to_end.stack import Stack, running_stack

DATABASE_URL = os.environ.get("BACKPROP_TEST_DATABASE_URL")
BROKER_URL = os.environ.get("BACKPROP_TEST_BROKER_URL")
KINDS = ["embedded", *(["servers"] if DATABASE_URL and BROKER_URL else [])]


@pytest.fixture(scope="session", params=KINDS)
def surroundings(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings that name a database and a broker; none for the embedded ones."""
    if request.param == "embedded":
        yield {}
        return
    database, broker = request.getfixturevalue("working_postgresql_url"), request.getfixturevalue("own_redis")(1)
    with Redis.from_url(broker) as redis:
        redis.flushdb()
        yield {"BACKPROP_DATABASE_URL": database, "BACKPROP_BROKER_URL": broker}
        redis.flushdb()


@pytest.fixture(scope="session")
def stack(surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The program with two worker processes, short slices and short leases."""
    folder: Path = tmp_path_factory.mktemp("stack") / "var"
    settings = {"BACKPROP_CONCURRENCY": "2", "BACKPROP_SLICE_SECONDS": "1", "BACKPROP_LEASE_SECONDS": "3"}
    with running_stack(folder, **settings, **surroundings) as stack:
        yield stack
