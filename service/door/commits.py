"""Commits: the submissions that wait in a process are stored together, since a commit waits for the disk.

While one is under way, on a thread of its own, those that come gather for the next.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from backprop.store.database import Database
from backprop.store.jobs import submissions
from backprop.store.jobs.submissions import Stored, Submission

MOST = 100  # in one commit: others may want the database, too

Waiting = tuple[Submission, asyncio.Future[Stored]]


class Commits:
    """What of an owner's submissions is on its way to the database."""

    def __init__(self, database: Database, owner: str) -> None:
        self._store = partial(submissions.submit_all, database, owner)
        self._waiting: list[Waiting] = []
        self._committing: asyncio.Task[None] | None = None
        self._writer = ThreadPoolExecutor(1, "commits")

    async def submit(self, submission: Submission) -> Stored:
        """Return the job, once it is stored, and whether it is new. Raises what `submissions.submit` does."""
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Stored] = loop.create_future()
        self._waiting.append((submission, stored))
        if self._committing is None:
            self._committing = loop.create_task(self._commit())
        return await stored

    async def _commit(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            storing = asyncio.get_running_loop().run_in_executor(self._writer, self._store, [one for one, _ in batch])
            await asyncio.wait([storing])
            for place, (_, stored) in enumerate(batch):
                if not stored.done():  # its client has not gone
                    _settle(stored, storing.exception() or storing.result()[place])
        self._committing = None


def _settle(stored: asyncio.Future[Stored], verdict: Stored | BaseException) -> None:
    if isinstance(verdict, BaseException):
        stored.set_exception(verdict)
    else:
        stored.set_result(verdict)
