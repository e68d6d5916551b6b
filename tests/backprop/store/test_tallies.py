"""Tallies: what happened stays counted, whatever is folded or deleted."""

from contextlib import suppress
from math import inf

import pytest
from sqlalchemy import func, select

from backprop.store import figures, tallies
from backprop.store.database import Database
from backprop.store.figures import Figures
from backprop.store.jobs import claims, requests
from backprop.store.jobs.claims import Cursor, Outcome, Progress
from backprop.store.jobs.metrics import NewMetrics
from backprop.store.tables import Tally
from tests.backprop.store.situations import OWNER, Submit, reap, take


def totals(found: Figures) -> dict[tuple[str, str], float]:
    return {kind: tallied.total for kind, tallied in found.tallies.items() if kind[0] != "queue_seconds"}


def test_folding_changes_no_figure(database: Database) -> None:
    with database.writing() as session:
        for seconds in (0.005, 0.5, 0.7, 1e9):
            tallies.add(session, "job_seconds", seconds, "failed")
        tallies.add(session, "epochs", 30)
    before = figures.read(database).tallies
    tallies.fold(database)
    tallies.fold(database)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Tally)) == 4
    assert figures.read(database).tallies == before
    failed = before["job_seconds", "failed"]
    assert failed.count == 4
    assert failed.total == pytest.approx(1e9 + 1.205)
    assert {bound: count for bound, count in failed.under.items() if count} == {0.01: 1, 1.0: 2, inf: 1}


def test_a_transaction_that_fails_tallies_nothing(database: Database) -> None:
    with suppress(ZeroDivisionError), database.writing() as session:
        tallies.add(session, "crashes", 1)
        raise ZeroDivisionError
    assert figures.read(database).tallies == {}


def test_what_became_of_a_job_outlives_it(database: Database, submit: Submit) -> None:
    job_id = submit().id
    report = Progress(Cursor(2, 0, 1.5), NewMetrics(1, {"loss": [0.5, 0.4]}))
    claims.finish(database, take(database), Outcome("succeeded", "epochs"), report)
    assert totals(figures.read(database)) == {("epochs", ""): 2, ("job_seconds", "succeeded"): 1.5}
    requests.delete(database, OWNER, job_id)
    found = figures.read(database)
    assert totals(found) == {("epochs", ""): 2, ("job_seconds", "succeeded"): 1.5}
    assert found.tallies["queue_seconds", ""].count == 1
    assert sum(found.jobs.values()) == 0


def test_a_crash_and_a_lost_lease_are_told_apart(database: Database, submit: Submit) -> None:
    job_id = submit().id
    claims.crash(database, take(database), "boom")
    take(database)
    reap(database, job_id)
    assert totals(figures.read(database)) == {("crashes", ""): 2, ("lost_leases", ""): 1}


def test_a_job_cancelled_while_it_waits_is_an_ended_job(database: Database, submit: Submit) -> None:
    requests.cancel(database, OWNER, submit().id)
    assert figures.read(database).tallies["job_seconds", "cancelled"].count == 1


def test_jobs_are_counted_by_state_with_the_wait_of_the_first(database: Database, submit: Submit) -> None:
    assert figures.read(database).oldest_seconds == 0
    for _ in range(3):
        submit()
    take(database)
    found = figures.read(database)
    assert {state: count for state, count in found.jobs.items() if count} == {"queued": 2, "running": 1}
    assert 0 < found.oldest_seconds < 60
