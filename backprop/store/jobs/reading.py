"""Jobs as they are shown: one whole, or a page of them without their specs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from backprop.errors import NotFoundError
from backprop.store import labels
from backprop.store.database import Database, clock
from backprop.store.pages import Page, page_of
from backprop.store.presence import is_alive
from backprop.store.states import NOUNS, Kind, State, Verdict
from backprop.store.tables import Evaluation, Job, Model, Spec, Worker


@dataclass(frozen=True)
class Progress:
    """How far a job is: epochs done of epochs asked for, its speed, and what is ahead of it while it waits.

    A prediction's epochs are the rows of its data.
    """

    epoch: int
    epochs: int
    percent: float
    samples_per_second: float | None
    eta_seconds: float | None
    queue_position: int | None


@dataclass(frozen=True)
class ModelRef:
    """The model that a training made, or that a prediction predicts by."""

    id: str
    name: str
    version: int


@dataclass(frozen=True)
class JobView:
    """A job as it is shown; in lists a training has no `spec`, and `results` have neither evaluation nor folds.

    `waiting_for` is "turn" or "worker" while it is queued.
    """

    id: str
    name: str
    state: State
    requested: str | None
    stop_reason: str | None
    priority: int
    progress: Progress
    model: ModelRef | None
    reproduces: str | None
    reproduction: Verdict | None
    results: dict[str, Any] | None
    crashes: int
    waiting_for: str | None
    error: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    metadata: dict[str, Any]
    spec: dict[str, Any] | None


@dataclass(frozen=True)
class JobFilter:
    """Which jobs a page holds: those that meet every condition given; `after` is the last id of the page before.

    Of a kind, in one of `states` (none: any), of a name, with these labels among their metadata, made from
    `created_after` on, and earlier than `created_before`.
    """

    states: Sequence[str] = ()
    name: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    created_after: datetime | None = None
    created_before: datetime | None = None
    limit: int = 50
    after: str | None = None
    kind: Kind = "training"


class Revision(NamedTuple):
    """What changes in a job's row whenever something happens to the job."""

    state: State
    requested: str | None
    claim: int
    crashes: int
    epoch: int
    seconds: float


class Waiting(NamedTuple):
    """When a job was queued, by the database's clock, how many were ahead of it, and what it waits for."""

    at: float
    ahead: int
    waiting_for: str

    def after(self, others: int) -> "Waiting":
        """Return this with `others` ahead that have come with the job."""
        return self._replace(ahead=self.ahead + others)


Stamp = tuple[Any, ...]  # as long as it is the same, so is the job as it is shown


def show(db: Database, owner: str, job_id: str, kind: Kind = "training") -> JobView:
    """Return one job with its spec. Raises NotFoundError."""
    return _whole(db.first(_ONE, owner=owner, job_id=job_id, kind=kind), job_id, kind)


def stamped(db: Database, owner: str, job_id: str) -> tuple[JobView, Stamp]:
    """Return one training with its spec, and its stamp. Raises NotFoundError."""
    row = db.first(_ONE, owner=owner, job_id=job_id, kind="training")
    view = _whole(row, job_id, "training")
    return view, tuple(getattr(row, name) for name in MOVING)


def stamp(db: Database, owner: str, job_id: str) -> Stamp:
    """Return a training's stamp, at a tenth of the cost of the job. Raises NotFoundError."""
    found = db.glance(_STAMP, owner=owner, job_id=job_id, kind="training")
    if found is None:
        raise NotFoundError("job", job_id)
    return found


def queued(session: Session, priority: int) -> Waiting:
    """Return what a job of this priority that is queued now waits for, as this transaction sees it."""
    at, ahead, has_worker = session.connection().execute(_WAITING, {"priority": priority}).one()
    return Waiting(at, ahead, "turn" if has_worker else "worker")


def new(row: Mapping[str, Any], waiting: Waiting, spec: dict[str, Any]) -> JobView:
    """Return a training as it is shown once this row of it has been stored, without a look at it."""
    return JobView(
        id=row["id"],
        name=row["name"],
        state="queued",
        requested=None,
        stop_reason=None,
        priority=row["priority"],
        progress=Progress(0, row["epochs"], 0.0, None, None, waiting.ahead),
        model=None,
        reproduces=None,
        reproduction=None,
        results=None,
        crashes=0,
        waiting_for=waiting.waiting_for,
        error=None,
        created_at=_utc(row["created_at"]),
        started_at=None,
        ended_at=None,
        metadata=row["labels"],
        spec=spec,
    )


def page(db: Database, owner: str, wanted: JobFilter) -> Page[JobView]:
    """Return a page of jobs, the newest first; only predictions, whose specs are short, have theirs."""
    query = _SHOWN if wanted.kind == "training" else _SHOWN.add_columns(Spec.spec).join(Spec, Spec.job_id == Job.id)
    query = query.where(Job.owner == owner, Job.kind == wanted.kind, *_conditions(db, wanted))
    with db.reading() as session:
        rows = session.execute(query.order_by(Job.id.desc()).limit(wanted.limit + 1)).all()
        return page_of([_view(row, _brief(row.results), getattr(row, "spec", None)) for row in rows], wanted.limit)


def revisions(db: Database, job_ids: Sequence[str]) -> dict[str, Revision]:
    """Return for each of these jobs that there is what changes whenever the job does."""
    with db.reading() as session:
        return {row.id: Revision(*row[1:]) for row in session.execute(_REVISIONS, {"job_ids": job_ids})}


def find(session: Session, owner: str, job_id: str, kind: Kind) -> JobView:
    """Return one job with its spec, as this transaction sees it. Raises NotFoundError."""
    session.flush()
    row = session.connection().execute(_ONE, {"owner": owner, "job_id": job_id, "kind": kind}).first()
    return _whole(row, job_id, kind)


def _whole(row: Row[Any] | None, job_id: str, kind: Kind) -> JobView:
    if row is None:
        raise NotFoundError(NOUNS[kind], job_id)
    if kind == "prediction":
        return _view(row, row.results, row.spec)
    evaluation = None if row.report is None else {"rows": row.rows, **row.report}
    return _view(row, row.results and row.results | {"evaluation": evaluation}, row.spec)


def _brief(results: dict[str, Any] | None) -> dict[str, Any] | None:
    return results and {name: found for name, found in results.items() if name != "folds"}


def _conditions(db: Database, wanted: JobFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield Job.state.in_(wanted.states)
    if wanted.name is not None:
        yield Job.name == wanted.name
    if wanted.created_after is not None:
        yield Job.created_at >= wanted.created_after.timestamp()
    if wanted.created_before is not None:
        yield Job.created_at < wanted.created_before.timestamp()
    if wanted.after is not None:
        yield Job.id < wanted.after
    yield from (labels.has(db, Job.labels, key, text) for key, text in wanted.labels.items())


def _jobs_ahead() -> ColumnElement[int]:
    other = aliased(Job)
    ahead = tuple_(other.priority, other.queued_at, other.id) < tuple_(Job.priority, Job.queued_at, Job.id)
    return select(func.count()).where(other.state == "queued", ahead).correlate(Job).scalar_subquery()


def _shown(*columns: str) -> Select[Any]:
    is_queued = Job.state == "queued"
    return select(
        *(getattr(Job, name) for name in columns),
        Model.version.label("model_version"),
        case((is_queued, _jobs_ahead())).label("queue_position"),
        case((is_queued, case((_HAS_WORKER, "turn"), else_="worker"))).label("waiting_for"),
    ).outerjoin(Model, Model.id == Job.model_id)


_HAS_WORKER = exists().where(Worker.kind == "worker", is_alive())
COLUMNS = (
    *("id", "name", "state", "requested", "stop_reason", "priority", "results", "crashes", "error", "labels"),
    *("reproduces", "reproduction"),
    *("epoch", "epochs", "seconds", "samples_per_second", "created_at", "started_at", "ended_at", "model_id"),
)
# What a job's course changes; all else is there from its first day, or comes with a change of state.
CHANGING = (
    *("state", "requested", "stop_reason", "priority", "crashes"),
    *("epoch", "seconds", "samples_per_second", "started_at", "ended_at"),
)
MOVING = (*CHANGING, "model_version", "queue_position", "waiting_for")
_OF_ONE = (Job.owner == bindparam("owner"), Job.id == bindparam("job_id"), Job.kind == bindparam("kind"))
# Made once: putting a statement together takes longer than running it, and every poll runs one of these.
_SHOWN = _shown(*COLUMNS).add_columns(Model.name.label("model_name"))
_STAMP = _shown(*CHANGING).where(*_OF_ONE)
_ONE = (
    _SHOWN.add_columns(Spec.spec, Evaluation.rows, Evaluation.report)
    .join(Spec, Spec.job_id == Job.id)
    .outerjoin(Evaluation, Evaluation.job_id == Job.id)
    .where(*_OF_ONE)
)
_AHEAD = select(func.count()).where(Job.state == "queued", Job.priority <= bindparam("priority")).scalar_subquery()
_WAITING = select(clock(), _AHEAD, _HAS_WORKER)
_REVISIONS = select(Job.id, Job.state, Job.requested, Job.claim, Job.crashes, Job.epoch, Job.seconds).where(
    Job.id.in_(bindparam("job_ids", expanding=True))
)


def _view(row: Row[Any], results: dict[str, Any] | None, spec: dict[str, Any] | None = None) -> JobView:
    model = None if row.model_name is None else ModelRef(row.model_id, row.model_name, row.model_version)
    return JobView(
        id=row.id,
        name=row.name,
        state=row.state,
        requested=row.requested,
        stop_reason=row.stop_reason,
        priority=row.priority,
        progress=_progress(row),
        model=model,
        reproduces=row.reproduces,
        reproduction=row.reproduction,
        results=results,
        crashes=row.crashes,
        waiting_for=row.waiting_for,
        error=row.error,
        created_at=_utc(row.created_at),
        started_at=None if row.started_at is None else _utc(row.started_at),
        ended_at=None if row.ended_at is None else _utc(row.ended_at),
        metadata=row.labels,
        spec=spec,
    )


def _progress(row: Row[Any]) -> Progress:
    eta = row.seconds / row.epoch * (row.epochs - row.epoch) if row.epoch and row.state == "running" else None
    percent = round(100 * row.epoch / row.epochs, 2)
    return Progress(row.epoch, row.epochs, percent, row.samples_per_second, eta, row.queue_position)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
