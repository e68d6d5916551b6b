"""A worker's side of a job: it claims one, renews its lease, saves, and ends by giving it back or finishing it.

Every write begins, in its own transaction, by touching the job's row on the condition that this claim still holds. A
worker that was frozen past its lease finds no such row and writes nothing: `claim` is a fencing token.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sqlalchemy import Double, UpdateBase, bindparam, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from backprop.errors import LeaseLostError
from backprop.store import blobs, models, tallies
from backprop.store.blobs import DamagedBlobError
from backprop.store.database import Database, clock
from backprop.store.jobs import endings, evaluations, events, metrics, reproductions, results
from backprop.store.jobs.endings import drop_checkpoint, unsynchronized
from backprop.store.jobs.evaluations import Evaluated
from backprop.store.jobs.metrics import NewMetrics
from backprop.store.jobs.results import NewPart
from backprop.store.models import Lineage, NewModel
from backprop.store.states import Kind
from backprop.store.tables import Checkpoint, Job, Spec


@dataclass(frozen=True)
class Claim:
    """The right to work on a job for `lease_seconds` from each beat; `token` counts the claims on it.

    `checkpoint` is where a training continues, None at the very beginning, and `rows` are those that a prediction has
    done; `seconds` is the time worked up to there.
    """

    job_id: str
    owner: str
    token: int
    lease_seconds: float
    spec: dict[str, Any]
    checkpoint: bytes | None = None
    seconds: float = 0.0
    kind: Kind = "training"
    rows: int = 0


@dataclass(frozen=True)
class Cursor:
    """How far a job is: whole epochs done, batches done of the next one, seconds worked, rows a second.

    The epochs of folds, which are trained before the model, count, too; metrics are of the model's own epochs. A
    prediction's epochs are its rows, and it has no batches.
    """

    epoch: int
    batch: int
    seconds: float
    samples_per_second: float | None = None


@dataclass(frozen=True)
class Progress:
    """What a worker has to report: how far it is, the figures of the epochs since the last report, and a checkpoint.

    `checkpoint` None leaves the stored one as it is; it must be the state at `cursor`. `part` is what a prediction made
    of the rows since the last report.
    """

    cursor: Cursor
    metrics: NewMetrics | None = None
    checkpoint: bytes | None = None
    part: NewPart | None = None


@dataclass(frozen=True)
class Outcome:
    """How a job ended, with what it leaves: `error` if it failed, else `model`, `results` and `evaluated`."""

    state: Literal["succeeded", "failed"]
    stop_reason: str | None = None
    model: NewModel | None = None
    results: dict[str, Any] | None = None
    evaluated: Evaluated | None = None
    error: dict[str, Any] | None = None


_WAITED = (clock() - Job.queued_at).label("waited")


def _take() -> UpdateBase:
    queued = aliased(Job)
    first = (
        select(queued.id)
        .where(queued.state == "queued")
        .order_by(queued.priority, queued.queued_at, queued.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return (
        update(Job)
        .where(Job.id == first, Job.state == "queued")
        .values(
            state="running",
            claim=Job.claim + 1,
            worker=bindparam("by"),
            lease_until=clock() + bindparam("lease_seconds", type_=Double()),
            started_at=func.coalesce(Job.started_at, clock()),
        )
        .returning(Job.id, Job.owner, Job.kind, Job.claim, Job.epoch, Job.seconds, _WAITED)
        .execution_options(synchronize_session=False)
    )


_TAKE = _take()  # made once: putting it together takes longer than running it


def claim(db: Database, worker: str, lease_seconds: float) -> Claim | None:
    """Take the first queued job, by priority and time queued, and what it continues from; None: nothing waits.

    Metrics beyond the checkpoint's epoch are removed: they will be written again, the same.
    """
    with db.writing() as session:
        row = session.execute(_TAKE, {"by": worker, "lease_seconds": lease_seconds}).first()
        if row is None:
            return None
        events.write(session, row.id, "started", worker=worker)
        tallies.add(session, "queue_seconds", max(0.0, row.waited))
        spec = session.scalars(select(Spec.spec).where(Spec.job_id == row.id)).one()
        fresh = Claim(row.id, row.owner, row.claim, lease_seconds, spec, kind=row.kind)
        if fresh.kind == "prediction":
            return replace(fresh, rows=row.epoch, seconds=row.seconds)  # its parts are written with these
        return _continued(db, session, fresh)


def beat(db: Database, held: Claim, progress: Progress | None = None) -> str | None:
    """Renew the lease and store what there is to report; return what the user has asked for meanwhile.

    Raises LeaseLostError, having written nothing.
    """
    with db.writing() as session:
        requested = _fence(session, held, progress, lease_until=clock() + held.lease_seconds)
        _report(db, session, held, progress)
        return requested


def give_back(db: Database, held: Claim, progress: Progress | None = None) -> str:
    """Let go of a job that has not ended, and return its new state: a pause or cancel asked for is obeyed first.

    Raises LeaseLostError, having written nothing.
    """
    with db.writing() as session:
        requested = _fence(session, held, progress, worker=None, lease_until=None)
        _report(db, session, held, progress)
        return endings.release(db, session, held.job_id, requested)


def finish(db: Database, held: Claim, outcome: Outcome, progress: Progress | None = None) -> str | None:
    """End a job, with its model where it made one; return that model's id.

    The model of a job that reproduces one is held against that, and not kept. A pause or cancel that was asked for and
    not yet obeyed comes too late. Raises LeaseLostError, having written nothing.
    """
    with db.writing() as session:
        _fence(session, held, progress, worker=None, lease_until=None)
        _report(db, session, held, progress)
        left = {"results": outcome.results} | _left(db, session, held, outcome)
        if outcome.evaluated is not None:
            evaluations.add(session, held.job_id, outcome.evaluated)
        endings.end(
            db, session, held.job_id, outcome.state, stop_reason=outcome.stop_reason, error=outcome.error, **left
        )
        model_id: str | None = left.get("model_id")
        return model_id


def crash(db: Database, held: Claim, detail: str) -> str:
    """Give up after an error that no one foresaw; return the job's new state: queued again, or failed after several.

    Raises LeaseLostError, having written nothing.
    """
    with db.writing() as session:
        requested = _fence(session, held, None, worker=None, lease_until=None)
        return endings.crashed(db, session, held.job_id, requested, detail)


def are_waiting(db: Database, jobs: int) -> bool:
    """Return whether at least so many jobs are queued."""
    queued = select(Job.id).where(Job.state == "queued")
    with db.reading() as session:
        return session.scalar(queued.offset(jobs - 1).limit(1)) is not None


def _fence(session: Session, held: Claim, progress: Progress | None, **values: Any) -> str | None:
    if progress is not None:
        cursor = progress.cursor
        values |= {"epoch": cursor.epoch, "seconds": cursor.seconds, "samples_per_second": cursor.samples_per_second}
    touched = (
        update(Job)
        .where(Job.id == held.job_id, Job.claim == held.token, Job.state == "running")
        .values(**values)
        .returning(Job.requested)
    )
    row = session.execute(unsynchronized(touched)).first()
    if row is None:
        raise LeaseLostError(held.job_id, held.token)
    requested: str | None = row.requested
    return requested


def _report(db: Database, session: Session, held: Claim, progress: Progress | None) -> None:
    if progress is None:
        return
    if progress.metrics is not None:
        metrics.append(session, held.job_id, progress.metrics)
        tallies.add(session, "epochs", progress.metrics.count)
    if progress.checkpoint is not None:
        _save(db, session, held, progress.cursor, progress.checkpoint)
    if progress.part is not None:
        results.append(db, session, held.job_id, progress.part)
        _note_progress(session, held)


def _save(db: Database, session: Session, held: Claim, cursor: Cursor, content: bytes) -> None:
    old = session.get(Checkpoint, held.job_id, populate_existing=True)
    before = (0, 0) if old is None else (old.epoch, old.batch)
    if old is not None:
        blobs.drop(db, session, old.blob_id)
    session.execute(delete(Checkpoint).where(Checkpoint.job_id == held.job_id))
    if old is not None:
        session.expunge(old)
    blob_id = blobs.put(db, session, content)
    session.add(
        Checkpoint(
            job_id=held.job_id,
            claim=held.token,
            epoch=cursor.epoch,
            batch=cursor.batch,
            seconds=cursor.seconds,
            blob_id=blob_id,
            saved_at=session.scalar(select(clock())),
        )
    )
    session.flush()
    if (cursor.epoch, cursor.batch) > before:
        _note_progress(session, held)


def _note_progress(session: Session, held: Claim) -> None:
    session.execute(unsynchronized(update(Job).where(Job.id == held.job_id).values(crashes_in_a_row=0)))


def _continued(db: Database, session: Session, fresh: Claim) -> Claim:
    saved = session.get(Checkpoint, fresh.job_id)
    content = None if saved is None else _sound(db, session, saved)
    epoch, seconds = (0, 0.0) if saved is None or content is None else (saved.epoch, saved.seconds)
    metrics.truncate(session, fresh.job_id, max(0, epoch - _epochs_of_folds(fresh.spec)))
    session.execute(unsynchronized(update(Job).where(Job.id == fresh.job_id).values(epoch=epoch, seconds=seconds)))
    return replace(fresh, checkpoint=content, seconds=seconds)


def _epochs_of_folds(spec: dict[str, Any]) -> int:
    folds: int = spec.get("split", {}).get("folds") or 0
    return folds and folds * int(spec["training"]["epochs"])


def _sound(db: Database, session: Session, saved: Checkpoint) -> bytes | None:
    """Return a checkpoint's bytes; None where they are damaged: the job begins anew, rather than stand in the way."""
    try:
        return blobs.get(db, session, saved.blob_id)
    except DamagedBlobError as error:
        events.write(session, saved.job_id, "checkpoint_damaged", detail=str(error))
        drop_checkpoint(db, session, saved.job_id)
        return None


def _left(db: Database, session: Session, held: Claim, outcome: Outcome) -> dict[str, Any]:
    """Return what the job's row says of the model that the job made: its id, or how it compares to the one before."""
    if outcome.model is None:
        return {}
    reproduced = session.scalar(select(Job.reproduces).where(Job.id == held.job_id))
    if reproduced is not None:
        found = asdict(reproductions.compared(session, reproduced, outcome.model))
        return {"reproduction": found.pop("verdict"), "results": (outcome.results or {}) | {"reproduction": found}}
    model_id = models.add(db, session, _lineage(session, held), outcome.model)
    session.flush()
    return {"model_id": model_id}


def _lineage(session: Session, held: Claim) -> Lineage:
    name, dataset_id = session.execute(select(Job.name, Job.dataset_id).where(Job.id == held.job_id)).one()
    return Lineage(held.owner, name, held.job_id, dataset_id, held.spec)
