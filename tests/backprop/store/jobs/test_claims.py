import threading
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import update

from backprop.errors import LeaseLostError
from backprop.store import models
from backprop.store.database import Database
from backprop.store.jobs import claims, events, leases, metrics, reading, requests
from backprop.store.jobs.claims import Cursor, Outcome, Progress
from backprop.store.jobs.endings import MAX_CRASHES, MAX_CRASHES_IN_A_ROW
from backprop.store.jobs.metrics import NewMetrics
from backprop.store.models import NewModel
from backprop.store.tables import Blob, Job
from tests.backprop.store.situations import OWNER, Submit, expire, reap, take

MODEL = NewModel(b"parameters", "ab" * 32, {"format": 1}, {"train": {"loss": 0.5}})


def progress(epoch: int, batch: int = 0, checkpoint: bytes | None = None) -> Progress:
    return Progress(Cursor(epoch, batch, float(epoch)), checkpoint=checkpoint)


def losses(first: int, *values: float) -> NewMetrics:
    return NewMetrics(first, {"loss": values})


def test_jobs_are_claimed_by_priority_then_by_time_queued(database: Database, submit: Submit) -> None:
    late, early, urgent = submit(), submit(), submit(priority=-1)
    requests.pause(database, OWNER, late.id)
    requests.resume(database, OWNER, late.id)
    assert [take(database).job_id for _ in range(3)] == [urgent.id, early.id, late.id]
    assert claims.claim(database, "worker@test", 60) is None


def test_every_job_is_claimed_once_however_many_workers_hear_the_bell(database: Database, submit: Submit) -> None:
    jobs = {submit().id for _ in range(20)}
    taken: list[str] = []

    def claim_all() -> None:
        while held := claims.claim(database, "worker@test", 60):
            taken.append(held.job_id)

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(jobs)


def test_a_worker_frozen_past_its_lease_writes_nothing(database: Database, submit: Submit) -> None:
    job = submit()
    frozen = take(database)
    claims.beat(database, frozen, Progress(Cursor(1, 0, 1.0), losses(1, 0.9), b"one epoch"))
    reap(database, job.id)
    thawed = take(database)
    assert (thawed.token, thawed.checkpoint) == (2, b"one epoch")
    late = Progress(Cursor(7, 0, 7.0), losses(2, 0.1), b"seven epochs")
    writes: list[Callable[[], object]] = [
        lambda: claims.beat(database, frozen, late),
        lambda: claims.give_back(database, frozen, late),
        lambda: claims.finish(database, frozen, Outcome("succeeded", model=MODEL), late),
        lambda: claims.crash(database, frozen, "late"),
    ]
    for write in writes:
        with pytest.raises(LeaseLostError):
            write()
    shown = reading.show(database, OWNER, job.id)
    assert (shown.state, shown.progress.epoch, shown.model) == ("running", 1, None)
    assert metrics.read(database, job.id)["loss"].tolist() == [0.9]
    assert claims.give_back(database, thawed) == "queued"
    assert take(database).checkpoint == b"one epoch"


def test_a_late_beat_before_the_keeper_came_keeps_the_job(database: Database, submit: Submit) -> None:
    job = submit()
    held = take(database)
    expire(database, job.id)
    claims.beat(database, held)
    assert leases.reap(database) == []


def test_a_claim_removes_the_metrics_beyond_its_checkpoint(database: Database, submit: Submit) -> None:
    job = submit()
    held = take(database)
    claims.beat(database, held, Progress(Cursor(2, 3, 2.0), losses(1, 0.9, 0.8), b"two epochs, three batches"))
    claims.beat(database, held, Progress(Cursor(4, 0, 4.0), losses(3, 0.7, 0.6)))
    reap(database, job.id)
    again = take(database)
    assert metrics.read(database, job.id)["loss"].tolist() == [0.9, 0.8]
    assert (again.checkpoint, again.seconds) == (b"two epochs, three batches", 2.0)
    assert reading.show(database, OWNER, job.id).progress.epoch == 2


def test_without_progress_five_crashes_are_the_end(database: Database, submit: Submit) -> None:
    job = submit()
    for _ in range(MAX_CRASHES_IN_A_ROW - 1):
        take(database)
        reap(database, job.id)
    assert reading.show(database, OWNER, job.id).state == "queued"
    assert claims.crash(database, take(database), "boom") == "failed"
    shown = reading.show(database, OWNER, job.id)
    assert shown.crashes == MAX_CRASHES_IN_A_ROW
    assert shown.error is not None
    assert shown.error["code"] == "crashed"
    assert "boom" in shown.error["detail"]


def test_progress_forgives_crashes_up_to_a_hundred(database: Database, submit: Submit) -> None:
    job = submit(epochs=1000)
    for epoch in range(1, MAX_CRASHES + 1):
        held = take(database)
        claims.beat(database, held, progress(epoch, checkpoint=b"%d" % epoch))
        state = claims.crash(database, held, "boom")
        assert state == ("queued" if epoch < MAX_CRASHES else "failed")
    assert reading.show(database, OWNER, job.id).crashes == MAX_CRASHES


def test_a_checkpoint_at_the_same_place_is_no_progress(database: Database, submit: Submit) -> None:
    submit()
    states = []
    for _ in range(MAX_CRASHES_IN_A_ROW):
        held = take(database)
        claims.beat(database, held, progress(1, 2, checkpoint=b"same"))
        states.append(claims.crash(database, held, "boom"))
    assert states == ["queued"] * (MAX_CRASHES_IN_A_ROW - 1) + ["failed"]


def test_giving_back_counts_no_crash_and_goes_behind_those_who_wait(database: Database, submit: Submit) -> None:
    first, second = submit(), submit()
    claims.give_back(database, take(database), progress(1, checkpoint=b"one"))
    assert reading.show(database, OWNER, first.id).crashes == 0
    assert take(database).job_id == second.id
    assert take(database).checkpoint == b"one"


def test_versions_count_up_under_a_name_and_are_never_used_again(database: Database, submit: Submit) -> None:
    for expected in (1, 2, 3):
        submit(name="iris")
        model_id = claims.finish(database, take(database), Outcome("succeeded", "epochs", MODEL))
        assert model_id is not None
        assert models.show(database, OWNER, "iris").version == expected
        if expected == 2:
            models.delete(database, OWNER, "iris@2")


def test_an_ended_job_keeps_no_checkpoint(database: Database, submit: Submit) -> None:
    job = submit()
    held = take(database)
    claims.beat(database, held, progress(1, checkpoint=b"one"))
    claims.finish(database, held, Outcome("succeeded", "epochs", MODEL))
    with database.reading() as session:
        assert [blob.content for blob in session.query(Blob)] == [MODEL.parameters]
    assert reading.show(database, OWNER, job.id).model is not None


def test_a_damaged_checkpoint_is_no_end_of_the_job(database: Database, submit: Submit) -> None:
    job = submit()
    held = take(database)
    claims.give_back(database, held, Progress(Cursor(1, 0, 1.0), losses(1, 0.9), b"sound"))
    with database.writing() as session:
        session.execute(update(Blob).values(content=b"rotten"))
    again = take(database)
    assert (again.checkpoint, again.seconds) == (None, 0.0)
    assert len(metrics.read(database, job.id)["epoch"]) == 0
    assert "checkpoint_damaged" in [event.kind for event in events.after(database, job.id)]


def test_a_large_checkpoint_is_a_file_that_goes_with_the_next(database: Database, submit: Submit) -> None:
    submit()
    held = take(database)
    large = np.random.default_rng(0).bytes(11 * 2**20)
    claims.beat(database, held, progress(1, checkpoint=large))
    (path,) = database.blob_dir.glob("??/*")
    assert path.read_bytes() == large
    claims.give_back(database, held, progress(2, checkpoint=b"small"))
    assert not path.exists()
    assert take(database).checkpoint == b"small"


def test_a_lease_is_in_the_databases_time(database: Database, submit: Submit) -> None:
    job = submit()
    take(database, lease_seconds=3600)
    assert leases.reap(database) == []
    with database.writing() as session:
        session.execute(update(Job).values(lease_until=0.0))
    assert leases.reap(database) == [job.id]
