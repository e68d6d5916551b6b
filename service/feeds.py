"""Feeds: jobs followed by any number of streams of this process, with one look at the database for all of them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from backprop.errors import NotFoundError
from backprop.store.database import Database, DatabaseDownError
from backprop.store.jobs import events, metrics, reading
from backprop.store.jobs.events import EventView
from backprop.store.states import TERMINAL
from service.answers import EventSchema, ProgressSchema, metrics_columns
from service.following import RETRY_MILLISECONDS, Following, Place, retry

SECONDS_BETWEEN_LOOKS = 0.1  # one query of a millisecond, only while somebody waits
SECONDS_BETWEEN_COMMENTS = 15.0
MOST_POINTS = 1000  # of metrics in one message
MOST_STREAMS = 500
FULL_RETRY_MILLISECONDS = 5000


@dataclass(frozen=True)
class News:
    """What has happened to a job since a place: the messages, the place after them, and whether the job has ended."""

    messages: bytes
    place: Place
    is_last: bool


class Feeds:
    """The jobs that are followed; its one task looks after them while there are any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._streams = 0
        self._waiting: dict[str, list[asyncio.Event]] = {}
        self._seen: dict[str, reading.Revision] = {}
        self._news: dict[tuple[str, Place], News | None] = {}
        self._looking: asyncio.Task[None] | None = None

    async def follow(self, following: Following) -> AsyncIterator[bytes]:
        """Give the messages of a job's stream, as they come, until the job has ended or is no more."""
        if self._streams >= MOST_STREAMS:
            yield retry(FULL_RETRY_MILLISECONDS)
            return
        with self._registered(following.job_id) as changed:
            yield retry(RETRY_MILLISECONDS)
            async for messages in self._stream(following, changed):
                yield messages

    async def has_ended(self, job_id: str, seconds: float) -> bool:
        """Wait until a job has ended or is no more, `seconds` at most; not at all where too many wait already."""
        if self._streams >= MOST_STREAMS:
            return False
        with self._registered(job_id) as changed:
            try:
                async with asyncio.timeout(seconds):
                    while not self._is_over(job_id):
                        self._look_from_now_on()
                        await changed.wait()
                        changed.clear()
            except TimeoutError:
                return False
        return True

    @contextmanager
    def _registered(self, job_id: str) -> Iterator[asyncio.Event]:
        """Give the event that is set whenever something happens to the job."""
        self._streams += 1
        changed = asyncio.Event()
        self._waiting.setdefault(job_id, []).append(changed)
        try:
            yield changed
        finally:
            self._streams -= 1
            self._waiting[job_id].remove(changed)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

    def _is_over(self, job_id: str) -> bool:
        try:
            revision = reading.revisions(self._database, [job_id]).get(job_id)
        except DatabaseDownError:
            return False
        return revision is None or revision.state in TERMINAL

    async def _stream(self, following: Following, changed: asyncio.Event) -> AsyncIterator[bytes]:
        place = following.place
        spoke = time.monotonic()
        while True:
            changed.clear()
            news = self._news_of(following, place)
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

    def _news_of(self, following: Following, place: Place) -> News | None:
        """Return the news for a stream at `place`, read once for all streams there; None: the job is gone."""
        key = (following.job_id, place)
        if key not in self._news:
            self._news[key] = _read(self._database, following, place)
        return self._news[key]

    def _look_from_now_on(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            self._news.clear()
            try:
                found = reading.revisions(self._database, list(self._waiting))
            except DatabaseDownError:
                continue
            for job_id, changes in self._waiting.items():
                if job_id not in found or found[job_id] != self._seen.get(job_id):
                    for changed in changes:
                        changed.set()
            self._seen = found


def _read(database: Database, following: Following, place: Place) -> News | None:
    try:
        job = reading.show(database, following.owner, following.job_id)
        happened = events.after(database, following.job_id, place.event)
        columns = metrics.read(database, following.job_id, place.epoch, MOST_POINTS)
        if job.state not in TERMINAL and any(event.kind in TERMINAL for event in happened):
            job = reading.show(database, following.owner, following.job_id)  # it has ended in between
    except NotFoundError:
        return None
    except DatabaseDownError:
        return News(b"", place, is_last=False)
    endings = [event for event in happened if event.kind in TERMINAL]
    before = [event for event in happened if event.kind not in TERMINAL]
    messages, place = _of_events(before, place)
    if len(columns["epoch"]):
        place = Place(place.event, int(columns["epoch"][-1]))
        messages += _message(place, "metrics", metrics_columns(columns))
    messages += _message(place, "progress", {"state": job.state, **ProgressSchema().dump(job.progress)})
    last, place = _of_events(endings, place)
    return News(messages + last, place, is_last=job.state in TERMINAL)


def _of_events(happened: Sequence[EventView], place: Place) -> tuple[bytes, Place]:
    messages = b""
    for event in happened:
        place = Place(event.seq, place.epoch)
        messages += _message(place, "state", EventSchema().dump(event))
    return messages, place


def _message(place: Place, kind: str, document: Mapping[str, Any]) -> bytes:
    return f"id: {place}\nevent: {kind}\ndata: {json.dumps(document)}\n\n".encode()
