"""Feeds without a server: the bound on followers, and a database that goes away and comes back."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backprop.store.database import Database, DatabaseDownError
from backprop.store.jobs import requests
from service.door.feeds import Feeds
from service.door.following import Following, Place
from tests.service.harness import Service

XOR = {"data": {"builtin": "xor"}, "training": {"epochs": 3}}


class Flaky(Database):
    """A database that does not answer while it is down."""

    is_down = False

    @contextmanager
    def reading(self) -> Iterator[Any]:
        if self.is_down:
            raise DatabaseDownError
        with super().reading() as session:
            yield session


def following(job_id: str) -> Following:
    return Following("local", job_id, Place())


async def told(feeds: Feeds, job_id: str) -> bytes:
    return b"".join([message async for message in feeds.follow(following(job_id))])


def test_over_the_bound_a_stream_is_told_when_to_come_back_and_a_wait_is_none(service: Service) -> None:
    job_id = service.submit(**XOR)["id"]

    async def follow() -> None:
        feeds = Feeds(service.database, most=2)
        streams = [asyncio.ensure_future(told(feeds, job_id)) for _ in range(2)]
        await asyncio.sleep(0)
        assert await told(feeds, job_id) == b"retry: 5000\n\n"
        assert await feeds.has_ended(job_id, 20) is None
        requests.cancel(service.database, "local", job_id)
        for stream in streams:
            assert b'"cancelled"' in await stream
        assert await feeds.has_ended(job_id, 20), "there is room again"

    asyncio.run(follow())


def test_a_stream_outlives_a_database_that_goes_and_comes_back(service: Service, tmp_path: Path) -> None:
    job_id = service.submit(**XOR)["id"]
    database = Flaky(service.database.url.render_as_string(hide_password=False), tmp_path)

    async def follow() -> bytes:
        stream = asyncio.ensure_future(told(Feeds(database), job_id))
        waiting = asyncio.ensure_future(Feeds(database).has_ended(job_id, 20))
        await asyncio.sleep(0.3)
        database.is_down = True
        requests.cancel(service.database, "local", job_id)
        await asyncio.sleep(0.3)
        database.is_down = False
        assert await waiting
        return await stream

    assert b'"cancelled"' in asyncio.run(follow())
    database.close()
