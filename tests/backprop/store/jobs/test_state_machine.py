"""Whatever users, workers, keepers and time do, in any order: the store does what the design's table says."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select

from backprop.errors import ConflictError, LeaseLostError, NotFoundError
from backprop.store import models
from backprop.store.database import Database
from backprop.store.jobs import claims, events, leases, metrics, reading, requests, submissions
from backprop.store.jobs.claims import Claim, Cursor, Outcome, Progress
from backprop.store.jobs.metrics import CHUNK_EPOCHS, NewMetrics
from backprop.store.jobs.reading import JobFilter
from backprop.store.jobs.submissions import Submission
from backprop.store.models import ModelFilter, NewModel
from backprop.store.tables import Base, Blob, Checkpoint, Event, Job, MetricsChunk, SchemaVersion, Spec
from tests.backprop.store.life import TERMINAL, ForbiddenError, Life, Saved, queue_of
from tests.backprop.store.situations import OWNER, SPEC, expire, take

STEPS, PARTS = 10_000, 2
MODEL = NewModel(b"parameters", "ab" * 32, {"format": 1}, {"train": {"loss": 0.5}})


class Course(TypedDict):
    """How far a worker trains before it writes: whole epochs, batches of the next, and whether it saves."""

    epochs: int
    batch: int
    saves: bool


@dataclass(eq=False)
class Worker:
    """A worker with a claim, which may be lost without its knowing, and where its training is."""

    held: Claim
    epoch: int

    def train(self, course: Course) -> Progress:
        """Go on, and return what there is to report."""
        first, self.epoch = self.epoch + 1, self.epoch + course["epochs"]
        new = NewMetrics(first, {"loss": [loss_of(epoch) for epoch in range(first, self.epoch + 1)]})
        content = f"{self.held.job_id} {self.epoch} {course['batch']}".encode()
        return Progress(Cursor(self.epoch, course["batch"], self.epoch / 2), new, content if course["saves"] else None)


def write_model(database: Database, held: Claim, progress: Progress) -> None:
    claims.finish(database, held, Outcome("succeeded", "epochs", MODEL), progress)


class Lives(RuleBasedStateMachine):
    """Every step is done to the store and to the model, and then both are compared."""

    jobs: Bundle[str] = Bundle("jobs")
    workers: Bundle[Worker] = Bundle("workers")
    gone: Bundle[Worker] = Bundle("gone")  # workers that have let go of their job, or been told that it is not theirs
    made: Bundle[str] = Bundle("made")  # models
    course = st.fixed_dictionaries(
        {"epochs": st.sampled_from([0, 1, 2, CHUNK_EPOCHS - 1]), "batch": st.integers(0, 2), "saves": st.booleans()}
    )

    def __init__(self, database: Database, steps: list[None]) -> None:
        super().__init__()
        empty(database)
        self.db, self.steps = database, steps
        self.lives: dict[str, Life] = {}
        self.models: set[str] = set()
        self.versions: dict[str, int] = {}
        self.latest = 0.0

    @rule(target=jobs, priority=st.integers(-1, 1), name=st.sampled_from(["a", "b"]))
    def submit(self, priority: int, name: str) -> str:
        job, is_new = submissions.submit(self.db, OWNER, Submission(SPEC, 10**7, name, priority))
        assert is_new
        self.lives[job.id] = Life(job.id, name, priority)
        self._changed(job.id)
        return job.id

    @precondition(lambda self: queue_of(self.lives.values()) != [])
    @rule(target=workers)
    def claim(self) -> Worker:
        held, life = take(self.db), queue_of(self.lives.values())[0]
        life.claim()
        saved = life.saved or Saved(0, 0, 0.0, None)
        found = (held.job_id, held.token, held.seconds, held.checkpoint, held.spec)
        assert found == (life.id, life.token, saved.seconds, saved.content, SPEC | {"name": life.name})
        self._changed(life.id)
        return Worker(held, saved.epoch)

    @precondition(lambda self: queue_of(self.lives.values()) == [])
    @rule()
    def claim_nothing(self) -> None:
        assert claims.claim(self.db, "worker@test", 60) is None

    @rule(worker=workers, course=course)
    def beat(self, worker: Worker, course: Course) -> None:
        progress = worker.train(course)
        life = self._write(worker, partial(claims.beat, self.db, worker.held, progress))
        if life is not None:
            life.report(progress)
            life.is_expired = False
            self._changed(life.id)

    @rule(target=gone, worker=consumes(workers), course=course)
    def give_back(self, worker: Worker, course: Course) -> Worker:
        progress = worker.train(course)
        life = self._write(worker, partial(claims.give_back, self.db, worker.held, progress))
        if life is not None:
            life.report(progress)
            life.release()
            self._changed(life.id)
        return worker

    @rule(target=gone, worker=consumes(workers))
    def crash(self, worker: Worker) -> Worker:
        life = self._write(worker, partial(claims.crash, self.db, worker.held, "boom"))
        if life is not None:
            life.crash()
            self._changed(life.id)
        return worker

    @rule(target=gone, worker=consumes(workers))
    def fail(self, worker: Worker) -> Worker:
        life = self._write(worker, partial(claims.finish, self.db, worker.held, Outcome("failed", "diverged")))
        if life is not None:
            life.end("failed", "diverged")
            self._changed(life.id)
        return worker

    @rule(target=made, worker=consumes(workers), course=course)
    def succeed(self, worker: Worker, course: Course) -> str | MultipleResults[str]:
        progress = worker.train(course)
        life = self._write(worker, partial(write_model, self.db, worker.held, progress))
        if life is None:
            return multiple()
        life.report(progress)
        life.end("succeeded", "epochs")
        self._changed(life.id)
        model = reading.show(self.db, OWNER, life.id).model
        assert model is not None
        self.versions[life.name] = self.versions.get(life.name, 0) + 1
        assert (model.name, model.version) == (life.name, self.versions[life.name]), "no version is given twice"
        self.models.add(model.id)
        return model.id

    @rule(worker=gone, course=course, write=st.sampled_from([claims.beat, claims.give_back, write_model]))
    def come_too_late(self, worker: Worker, course: Course, write: Callable[..., object]) -> None:
        assert self._write(worker, partial(write, self.db, worker.held, worker.train(course))) is None

    @rule(model_id=consumes(made))
    def delete_model(self, model_id: str) -> None:
        models.delete(self.db, OWNER, model_id)
        self.models.remove(model_id)

    @rule(job_id=jobs)
    def lease_runs_out(self, job_id: str) -> None:
        expire(self.db, job_id)
        if job_id in self.lives:
            self.lives[job_id].is_expired = True

    @precondition(lambda self: any(life.is_expired for life in self.lives.values()))
    @rule()
    def reap(self) -> None:
        due = {life.id for life in self.lives.values() if life.state == "running" and life.is_expired}
        reaped = leases.reap(self.db)
        assert set(reaped) == due
        for job_id in reaped:
            self.lives[job_id].crash()
            self._changed(job_id)

    @rule(worker=workers, step=st.sampled_from(["cancel", "pause", "resume"]))
    def ask_while_it_is_trained(self, worker: Worker, step: str) -> None:
        self.ask(worker.held.job_id, step)

    @rule(job_id=jobs, step=st.sampled_from(["cancel", "pause", "resume", "delete"]))
    def ask_of_any(self, job_id: str, step: str) -> None:
        self.ask(job_id, step)

    def ask(self, job_id: str, step: str) -> None:
        ask = partial(getattr(requests, step), self.db, OWNER, job_id)
        life = self.lives.get(job_id)
        if life is None:
            with pytest.raises(NotFoundError):
                ask()
            return
        try:
            expected = getattr(life, step)()
        except ForbiddenError:
            with pytest.raises(ConflictError):
                ask()
            return
        if step == "delete":
            ask()
            del self.lives[job_id]
        else:
            assert ask()[1] == expected
            self._changed(job_id)

    @invariant()
    def every_job_is_as_the_model_has_it(self) -> None:
        self.steps.append(None)
        position = {life.id: place for place, life in enumerate(queue_of(self.lives.values()))}
        shown = {job.id: job for job in reading.page(self.db, OWNER, JobFilter(limit=1000)).items}
        assert set(shown) == set(self.lives)
        for life in self.lives.values():
            job = shown[life.id]
            found = (job.state, job.requested, job.stop_reason, job.progress.epoch, job.crashes)
            assert found == (life.state, life.requested, life.stop_reason, life.epoch, life.crashes)
            assert job.progress.queue_position == position.get(life.id)
            assert (job.ended_at is not None) == (life.state in TERMINAL)
            assert (job.model is not None) <= (life.state == "succeeded")

    def teardown(self) -> None:
        """Bring every job to its end, as users, workers and keepers can; see that nothing is left behind."""
        for life in self.lives.values():
            expire(self.db, life.id)
        leases.reap(self.db)
        for job in reading.page(self.db, OWNER, JobFilter(["paused"], limit=1000)).items:
            requests.resume(self.db, OWNER, job.id)
        while held := claims.claim(self.db, "worker@test", 60):
            claims.finish(self.db, held, Outcome("failed", "diverged"))
        assert {job.state for job in reading.page(self.db, OWNER, JobFilter(limit=1000)).items} <= TERMINAL
        assert {model.id for model in models.page(self.db, OWNER, ModelFilter(limit=1000)).items} == self.models
        assert [count(self.db, table) for table in (Checkpoint, Blob)] == [0, len(self.models)]
        for job_id in self.lives:
            requests.delete(self.db, OWNER, job_id)
        assert [count(self.db, table) for table in (Job, Spec, Event, MetricsChunk)] == [0, 0, 0, 0]

    def _write(self, worker: Worker, write: Callable[[], object]) -> Life | None:
        """Do a worker's write; return the job where the claim holds, and see it refused where it does not."""
        life = self.lives.get(worker.held.job_id)
        if life is not None and life.holds(worker.held.token):
            write()
            return life
        with pytest.raises(LeaseLostError):
            write()
        return None

    def _changed(self, job_id: str) -> None:
        """See that a job's events and metrics tell what has happened to it, and how it stands in the queue."""
        life, told = self.lives[job_id], events.after(self.db, job_id)
        assert [event.kind for event in told] == life.story
        assert [event.seq for event in told] == list(range(1, len(told) + 1))
        assert told[-1].claim == life.token
        losses = metrics.read(self.db, job_id).get("loss", np.empty(0))
        assert losses.tolist() == [loss_of(epoch) for epoch in range(1, life.epoch + 1)]
        if life.state == "queued" and life.queued_at is None:
            with self.db.reading() as session:
                life.queued_at = session.scalars(select(Job.queued_at).where(Job.id == job_id)).one()
            assert life.queued_at >= self.latest, "who is queued again stands behind those who wait"
            self.latest = life.queued_at


def loss_of(epoch: int) -> float:
    return 1.0 / epoch


def count(database: Database, table: type[Base]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def empty(database: Database) -> None:
    with database.writing() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != SchemaVersion.__tablename__:
                session.execute(delete(table))


@pytest.mark.parametrize("part", range(PARTS))  # side by side where there are two cores
def test_the_store_lives_as_the_design_has_it(sqlite_template: Path, tmp_path: Path, part: int) -> None:
    path = tmp_path / f"{part}.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", tmp_path / "blobs")
    steps: list[None] = []
    few = settings(max_examples=20, stateful_step_count=100, deadline=None, suppress_health_check=list(HealthCheck))
    while len(steps) < STEPS / PARTS:
        run_state_machine_as_test(lambda: Lives(database, steps), settings=few)  # type: ignore[arg-type]
    database.close()
