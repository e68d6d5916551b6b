"""Feeds: jobs followed by any number of streams and waits of this process, with one look at the database for all.

The look, and the reading of what it finds, run on one thread, which begins with the first stream.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from backprop.store.database import Database, DatabaseDownError
from backprop.store.jobs import reading
from backprop.store.states import TERMINAL
from service.door.following import RETRY_MILLISECONDS, Following, Place, retry
from service.door.news import News, read

SECONDS_BETWEEN_LOOKS = 0.1  # one query of a millisecond, only while somebody waits
SECONDS_BETWEEN_COMMENTS = 15.0
MOST_FOLLOWERS = 500  # streams and waits of one process at once
MOST_BYTES = 16 * 2**20  # of one stream, which then ends: a client that does not read would fill our memory
FULL_RETRY_MILLISECONDS = 5000

Read = TypeVar("Read")


class Feeds:
    """The jobs that are followed; its one task looks after them while there are any."""

    def __init__(self, database: Database, most: int = MOST_FOLLOWERS) -> None:
        self._database = database
        self._most = most
        self._followers = 0
        self._waiting: dict[str, list[asyncio.Event]] = {}
        self._seen: dict[str, reading.Revision] = {}
        self._news: dict[tuple[str, Place], asyncio.Future[News | None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._reader = ThreadPoolExecutor(1, "feeds")

    async def follow(self, following: Following) -> AsyncIterator[bytes]:
        """Give the messages of a job's stream, as they come, until the job has ended or is no more.

        Where too many follow already, it is only told when to come back.
        """
        if self._followers >= self._most:
            yield retry(FULL_RETRY_MILLISECONDS)
            return
        with self._registered(following.job_id) as changed:
            yield retry(RETRY_MILLISECONDS)
            size = 0
            async for messages in self._stream(following, changed):
                yield messages
                size += len(messages)
                if size > MOST_BYTES:
                    return  # the client comes back, and misses nothing

    async def has_ended(self, job_id: str, seconds: float) -> bool | None:
        """Wait until a job has ended or is no more, `seconds` at most; return whether that came.

        None: too many wait already, and this one did not.
        """
        if self._followers >= self._most:
            return None
        with self._registered(job_id) as changed:
            try:
                async with asyncio.timeout(seconds):
                    while not await self._is_over(job_id):
                        self._look_from_now_on()
                        await changed.wait()
                        changed.clear()
            except TimeoutError:
                return False
        return True

    @contextmanager
    def _registered(self, job_id: str) -> Iterator[asyncio.Event]:
        """Give the event that is set whenever something happens to the job."""
        self._followers += 1
        changed = asyncio.Event()
        self._waiting.setdefault(job_id, []).append(changed)
        try:
            yield changed
        finally:
            self._followers -= 1
            self._waiting[job_id].remove(changed)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    async def _stream(self, following: Following, changed: asyncio.Event) -> AsyncIterator[bytes]:
        place, spoke = following.place, time.monotonic()
        while True:
            changed.clear()
            news = await self._news_of(following, place)
            if news is None:
                return
            if news.messages:
                yield news.messages
                spoke = time.monotonic()
            if news.is_last:
                return
            place = news.place
            self._look_from_now_on()
            quiet = spoke + SECONDS_BETWEEN_COMMENTS - time.monotonic()
            try:
                await asyncio.wait_for(changed.wait(), max(quiet, 0.01))
            except TimeoutError:
                yield b": still here\n\n"
                spoke = time.monotonic()

    async def _is_over(self, job_id: str) -> bool:
        try:
            found = await self._run(partial(reading.revisions, self._database, [job_id]))
        except DatabaseDownError:
            self._seen.pop(job_id, None)
            return False
        return job_id not in found or found[job_id].state in TERMINAL

    async def _news_of(self, following: Following, place: Place) -> News | None:
        """Return the news for a stream at `place`, read once for all streams there; None: the job is gone."""
        key = (following.job_id, place)
        if key not in self._news:
            self._news[key] = self._run(partial(read, self._database, following, place))
        try:
            return await asyncio.shield(self._news[key])  # one stream that ends must not end it for all
        except DatabaseDownError:
            self._seen.pop(following.job_id, None)  # the next look that succeeds has it read again
            return News(b"", place, is_last=False)

    def _look_from_now_on(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            self._news.clear()  # what is read from here on is read after this look, on the same thread
            followed = list(self._waiting)
            try:
                found = await self._run(partial(reading.revisions, self._database, followed))
            except DatabaseDownError:
                continue
            for job_id in followed:
                if job_id not in found or found[job_id] != self._seen.get(job_id):
                    for changed in self._waiting.get(job_id, ()):
                        changed.set()
            self._seen = found
        self._news.clear()

    def _run(self, task: Callable[[], Read]) -> asyncio.Future[Read]:
        return asyncio.get_running_loop().run_in_executor(self._reader, task)
