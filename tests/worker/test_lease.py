"""A worker whose database is away: it goes on for one lease, for by then its job is another's."""

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from backprop.errors import LeaseLostError
from backprop.store.database import Database, DatabaseDownError
from backprop.store.jobs import claims, leases, reading
from tests.backprop.store.situations import expire
from tests.worker.conftest import Submit
from tests.worker.test_runner import LONG, sha256, show
from worker.lease import Lease
from worker.runner import work
from worker.workplace import Workplace

LEASE = 60.0
AWAY = 5.0  # when the database goes


class Distant(Database):
    """A database that cannot be reached while it is away."""

    is_away = False

    @contextmanager
    def reading(self) -> Iterator[Any]:
        self._reach()
        with super().reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Any]:
        self._reach()
        with super().writing() as session:
            yield session

    def _reach(self) -> None:
        if self.is_away:
            raise DatabaseDownError("the database does not answer")


@pytest.fixture
def distant(database: Database) -> Iterator[Distant]:
    distant = Distant(database.url.render_as_string(hide_password=False), database.blob_dir)
    yield distant
    distant.close()


def clock_that_loses(database: Distant, begin: float, end: float) -> Callable[[], float]:
    """A clock on which 0.4 s pass between any two looks; from `begin` to `end` the database is away."""
    ticks = itertools.count()

    def clock() -> float:
        now = next(ticks) * 0.4
        database.is_away = begin <= now < end
        return now

    return clock


def test_an_outage_shorter_than_the_lease_costs_no_bit(
    database: Database, distant: Distant, place: Workplace, submit: Submit
) -> None:
    job = submit(**LONG)
    work(replace(place, db=distant, clock=clock_that_loses(distant, AWAY, AWAY + LEASE - 2)))
    undisturbed = submit(**LONG)
    work(place)
    assert sha256(database, job) == sha256(database, undisturbed)


def test_a_worker_that_cannot_reach_the_database_for_one_lease_stops(
    database: Database, distant: Distant, place: Workplace, submit: Submit
) -> None:
    job = submit(**LONG)
    clock = clock_that_loses(distant, AWAY, math.inf)
    assert work(replace(place, db=distant, clock=clock)) == job.id
    assert AWAY + LEASE - 1 <= clock() <= AWAY + LEASE + 1, "a lease after it was last renewed"
    assert show(database, job).state == "running", "nobody could be told"

    expire(database, job.id)
    assert leases.reap(database) == [job.id]
    work(place)
    undisturbed = submit(**LONG)
    work(place)
    assert sha256(database, job) == sha256(database, undisturbed)


@pytest.fixture
def lease(distant: Distant, place: Workplace, submit: Submit) -> Iterator[Lease]:
    """A lease on a job, held since the time 0; its worker looks at the clock every 5 s."""
    submit(**LONG)
    held = claims.claim(distant, place.worker, LEASE)
    assert held is not None
    clock = itertools.count(0.0, 5.0)
    lease = Lease(replace(place, db=distant, clock=lambda: next(clock), slice_seconds=0.001), held)
    yield lease
    lease.end()


def test_what_must_be_written_is_tried_again_until_the_database_is_back(distant: Distant, lease: Lease) -> None:
    tries = itertools.count()

    def write() -> str:
        distant.is_away = next(tries) < 10
        return claims.give_back(distant, lease.held)

    assert lease.insist(write) == "queued"
    assert next(tries) == 11


def test_what_must_be_written_is_not_tried_beyond_the_lease(distant: Distant, lease: Lease) -> None:
    distant.is_away = True
    with pytest.raises(LeaseLostError):
        lease.insist(lambda: claims.give_back(distant, lease.held))
    distant.is_away = False
    assert reading.show(distant, "local", lease.held.job_id).state == "running"


def test_a_lease_that_is_only_kept_still_has_its_report_due(distant: Distant, lease: Lease) -> None:
    due = lease.due_at
    expire(distant, lease.held.job_id)
    lease.keep()
    assert lease.due_at == due
    assert leases.reap(distant) == [], "it was renewed"


def test_keeping_outlives_an_outage(distant: Distant, lease: Lease) -> None:
    distant.is_away = True
    lease.keep()
    distant.is_away = False
    assert lease.beat() is None
