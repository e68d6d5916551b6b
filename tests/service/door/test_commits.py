"""Commits: what is submitted at once is stored with one commit, and each is judged by itself."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from backprop.errors import ConflictError, NotFoundError
from backprop.store import presence
from backprop.store.database import Database, DatabaseDownError
from backprop.store.datasets import NewDataset
from backprop.store.jobs import events, reading, submissions
from backprop.store.jobs.submissions import Stored, Submission
from backprop.store.presence import Presence
from backprop.store.tables import Dataset
from service.door.commits import Commits
from tests.backprop.store.situations import OWNER, SPEC

PLAIN = Submission(SPEC, 10)
ROWS = NewDataset(b"rows", "cd" * 32, {"rows": 3})


def at_once(database: Database, batch: Sequence[Submission]) -> list[Stored | BaseException]:
    async def all_of_them() -> list[Stored | BaseException]:
        commits = Commits(database, OWNER)
        return await asyncio.gather(*map(commits.submit, batch), return_exceptions=True)

    return asyncio.run(all_of_them())


def stored(verdicts: Sequence[Stored | BaseException]) -> list[Stored]:
    assert [verdict for verdict in verdicts if isinstance(verdict, BaseException)] == []
    return [verdict for verdict in verdicts if not isinstance(verdict, BaseException)]


def test_each_is_answered_with_its_own_job_as_it_is_stored(database: Database) -> None:
    presence.beat(database, Presence("worker@here", "worker", 1))
    named = [replace(PLAIN, name=f"job-{number}", metadata={"number": str(number)}) for number in range(30)]
    found = stored(at_once(database, named))
    assert all(is_new for _, is_new in found)
    assert [job.name for job, _ in found] == [one.name for one in named]
    assert [job.progress.queue_position for job, _ in found] == [*range(30)]
    assert [reading.show(database, OWNER, job.id) for job, _ in found] == [job for job, _ in found]
    for job, _ in found:
        assert [(event.seq, event.kind, event.claim) for event in events.after(database, job.id)] == [(1, "queued", 0)]


def test_those_of_one_commit_queue_by_priority_and_then_as_they_came(database: Database) -> None:
    submissions.submit(database, OWNER, replace(PLAIN, priority=1))
    verdicts = submissions.submit_all(database, OWNER, [replace(PLAIN, priority=p) for p in (2, 0, 1, 0)])
    jobs = [job for job, _ in stored([v for v in verdicts if not isinstance(v, Exception)])]
    assert [job.progress.queue_position for job in jobs] == [4, 0, 3, 1]
    assert jobs == [reading.show(database, OWNER, job.id) for job in jobs]


def test_one_that_is_refused_sinks_no_other(database: Database) -> None:
    submissions.submit(database, OWNER, replace(PLAIN, idempotency_key="k"))
    batch = [
        PLAIN,
        replace(PLAIN, idempotency_key="k", spec={**SPEC, "seed": 1}),
        replace(PLAIN, spec={**SPEC, "data": {"dataset": "ds_0"}}),
        replace(PLAIN, dataset=ROWS, spec={**SPEC, "network": {"start_from": "mdl_0"}}),
        replace(PLAIN, idempotency_key="new"),
    ]
    first, reused, no_dataset, no_model, last = submissions.submit_all(database, OWNER, batch)
    assert isinstance(reused, ConflictError)
    assert reused.code == "idempotency_key_reused"
    assert isinstance(no_dataset, NotFoundError)
    assert isinstance(no_model, NotFoundError)
    with database.reading() as session:
        assert session.scalars(select(Dataset.id)).all() == [], "the rows of the one without its model are not kept"
    kept = {job.id for job in reading.page(database, OWNER, reading.JobFilter()).items}
    for verdict in (first, last):
        assert not isinstance(verdict, Exception)
        assert verdict[0].id in kept
    assert len(kept) == 3


def test_a_key_that_comes_twice_in_one_commit_makes_one_job(database: Database) -> None:
    found = stored(at_once(database, [PLAIN, *[replace(PLAIN, idempotency_key="k")] * 5]))
    assert len({job.id for job, _ in found[1:]}) == 1
    assert [is_new for _, is_new in found[1:]].count(True) == 1


def test_the_same_rows_in_one_commit_are_kept_once(database: Database) -> None:
    found = stored(at_once(database, [replace(PLAIN, dataset=ROWS)] * 3))
    assert len({(job.spec or {})["data"]["dataset"] for job, _ in found}) == 1


def test_the_log_tells_of_each_what_it_was_given(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "backprop"):
        found = stored(at_once(database, [replace(PLAIN, told={"request_id": f"r{number}"}) for number in range(3)]))
    lines = [(vars(record)["job_id"], vars(record)["request_id"]) for record in caplog.records]
    assert lines == [(job.id, f"r{number}") for number, (job, _) in enumerate(found)]


def test_without_a_database_each_is_told(tmp_path: Path) -> None:
    verdicts = at_once(Database(f"sqlite:///{tmp_path / 'nowhere' / 'backprop.sqlite'}", tmp_path), [PLAIN] * 3)
    assert [type(verdict) for verdict in verdicts] == [DatabaseDownError] * 3
