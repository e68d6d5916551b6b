from pathlib import Path

import pytest
from sqlalchemy import update

from backprop.datasets.shelf import Shelf
from backprop.queue import bells, celery_app
from backprop.store import presence
from backprop.store.database import Database, clock
from backprop.store.jobs import claims, reading
from backprop.store.presence import Presence
from backprop.store.tables import Job, Worker
from tests.backprop.store.situations import expire
from tests.worker.conftest import Submit
from worker.keeper import Keeper

OWNER = "local"


@pytest.fixture
def keeper(database: Database, broker_url: str, tmp_path: Path) -> Keeper:
    here, shelf = Presence("keeper@test", "keeper", 0), Shelf(tmp_path / "rows", 0)
    return Keeper(database, celery_app(broker_url), here, shelf)


def wait(database: Database, seconds: float) -> None:
    """Let the queued jobs have waited."""
    with database.writing() as session:
        session.execute(update(Job).values(queued_at=clock() - seconds))


def test_it_takes_back_a_job_whose_lease_is_over(database: Database, keeper: Keeper, submit: Submit) -> None:
    job = submit()
    claims.claim(database, "worker@test", 60)
    keeper.round(1)
    assert reading.show(database, OWNER, job.id).state == "running"
    expire(database, job.id)
    keeper.round(2)
    shown = reading.show(database, OWNER, job.id)
    assert (shown.state, shown.crashes) == ("queued", 1)


def test_it_rings_for_jobs_that_nobody_heard_of_and_for_no_more(
    database: Database, keeper: Keeper, submit: Submit
) -> None:
    for _ in range(3):
        submit()
    keeper.round(1)
    assert bells(keeper.app) == 0, "they have only just come"
    wait(database, 3)
    for number in range(5):
        keeper.round(number)
        assert bells(keeper.app) == 3


def test_it_says_that_it_is_there_and_forgets_the_dead(database: Database, keeper: Keeper) -> None:
    presence.beat(database, Presence("worker@dead", "worker", 2))
    assert [process.id for process in presence.live(database)] == ["worker@dead"]
    with database.writing() as session:
        session.execute(update(Worker).values(beaten_at=clock() - presence.DEAD_SECONDS - 1))
    assert presence.live(database) == []
    keeper.round(0)
    with database.reading() as session:
        assert [row.id for row in session.query(Worker)] == ["keeper@test"]


def test_two_keepers_take_a_job_back_once(database: Database, keeper: Keeper, submit: Submit) -> None:
    job = submit()
    claims.claim(database, "worker@test", 60)
    expire(database, job.id)
    for number in (1, 2):
        keeper.round(number)
    assert reading.show(database, OWNER, job.id).crashes == 1
