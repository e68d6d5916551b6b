"""Submissions: jobs come into being, once for each idempotency key, with the rows that came inside them.

Those that come together are stored together: a commit waits for the disk, whatever it holds.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backprop.errors import BackpropError, ConflictError, NotFoundError
from backprop.store import datasets, models
from backprop.store.database import Database, clock
from backprop.store.datasets import NewDataset
from backprop.store.ids import new_id
from backprop.store.jobs import events, reading
from backprop.store.jobs.reading import JobView
from backprop.store.states import PREFIXES, Kind
from backprop.store.tables import IdempotencyKey, Job, Spec

Stored = tuple[JobView, bool]  # the job, and whether it is new


@dataclass(frozen=True)
class Submission:
    """What is asked for: the complete spec as JSON, and beside it what the jobs row needs.

    `dataset` holds rows that came inline: they are stored in the same transaction, and the spec then names them.
    `reproduces` is the id of the model that is to be trained once more; no new version comes of that.
    A prediction has a `model_id`, of the model that it predicts by, and its `epochs` are the rows of its data.
    `asked` is what the idempotency key is held against, where the spec holds what a model's name meant at the time.
    `told` is what the log's line says of it beside the job.
    """

    spec: dict[str, Any]
    epochs: int
    name: str | None = None
    priority: int = 0
    metadata: dict[str, Any] | None = None
    dataset: NewDataset | None = None
    reproduces: str | None = None
    idempotency_key: str | None = None
    asked: dict[str, Any] | None = None
    kind: Kind = "training"
    model_id: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def start_from(self) -> str | None:
        """The id of the model from whose weights the job begins."""
        found: str | None = self.spec.get("network", {}).get("start_from")
        return found

    @property
    def models(self) -> list[str]:
        """The ids of the models that must be there."""
        return [model for model in (self.start_from, self.reproduces, self.model_id) if model is not None]

    @property
    def is_simple(self) -> bool:
        """Whether it is a training that touches nothing but its own rows."""
        others = (self.dataset, self.spec["data"].get("dataset"), self.idempotency_key)
        return self.kind == "training" and not self.models and all(other is None for other in others)


def submit(db: Database, owner: str, submission: Submission) -> Stored:
    """Store a job, queued, and return it with True; or the first job of the same idempotency key, with False.

    Raises ConflictError where that key came with another spec before, and NotFoundError where a dataset or model that
    it names has gone. Ring only after this has returned.
    """
    (verdict,) = submit_all(db, owner, [submission])
    if isinstance(verdict, BackpropError):
        raise verdict
    return verdict


def submit_all(db: Database, owner: str, batch: Sequence[Submission]) -> list[Stored | BackpropError]:
    """Store jobs with one commit; return of each, in their order, what `submit` returns or raises of it.

    Raises DatabaseDownError, and has then stored none.
    """
    try:
        return _submit_all(db, owner, batch)
    except IntegrityError:
        # Another request with the same key, or the same rows, committed between our look and our write: look again.
        return [verdict for one in batch for verdict in _submit_all(db, owner, [one])]


def _submit_all(db: Database, owner: str, batch: Sequence[Submission]) -> list[Stored | BackpropError]:
    with db.writing() as session:
        simple = [one for one in batch if one.is_simple]
        added = iter(_add(session, owner, simple) if simple else ())
        return [(next(added), True) if one.is_simple else _judged(db, session, owner, one) for one in batch]


def _judged(db: Database, session: Session, owner: str, submission: Submission) -> Stored | BackpropError:
    """Return the job that a submission makes or has made before, or why it makes none; that leaves no trace."""
    try:
        with session.begin_nested():
            earlier = _earlier(session, owner, submission)
            if earlier is not None:
                return earlier, False
            spec = {**submission.spec, "data": _held(db, session, owner, submission)}
            at = session.connection().execute(_NOW).scalar_one()
            ((row, _),) = _insert(session, owner, [replace(submission, spec=spec)], at)
            if submission.idempotency_key is not None:
                _keep_key(session, owner, submission, row["id"])
            return reading.find(session, owner, row["id"], submission.kind), True
    except (ConflictError, NotFoundError) as error:
        return error


def _earlier(session: Session, owner: str, submission: Submission) -> JobView | None:
    if submission.idempotency_key is None:
        return None
    row = session.get(IdempotencyKey, (owner, submission.idempotency_key))
    if row is None:
        return None
    if row.digest != _digest(submission):
        raise ConflictError(
            "idempotency_key_reused", "this Idempotency-Key came with another job before; send a new key with a new job"
        )
    try:
        return reading.find(session, owner, row.job_id, submission.kind)
    except NotFoundError as error:
        raise ConflictError(
            "idempotency_key_spent", "the job that this Idempotency-Key made has been deleted; send a new key"
        ) from error


def _held(db: Database, session: Session, owner: str, submission: Submission) -> dict[str, Any]:
    """Return where the rows are, once they and all else that the job names is kept until this transaction has ended."""
    data: dict[str, Any] = submission.spec["data"]
    if submission.dataset is not None:
        data = {"dataset": datasets.keep(db, session, owner, submission.dataset)}
    elif "dataset" in data:
        datasets.hold(session, owner, data["dataset"])
    for model_id in submission.models:
        models.hold(session, owner, model_id)
    session.flush()
    return data


# Made once: putting them together takes longer than running them.
_INSERT = insert(Job.metadata.tables[Job.__tablename__]).values(state="queued")
_NOW = select(clock())
_INSERT_SPEC = insert(Spec.metadata.tables[Spec.__tablename__])


def _add(session: Session, owner: str, batch: Sequence[Submission]) -> list[JobView]:
    """Insert simple jobs, in the order in which they came, and return them as they are shown."""
    waiting = {priority: reading.queued(session, priority) for priority in {one.priority for one in batch}}
    inserted = _insert(session, owner, batch, min(found.at for found in waiting.values()))
    ranks = _ranks([one.priority for one in batch])
    return [
        reading.new(row, waiting[row["priority"]].after(rank), spec)
        for (row, spec), rank in zip(inserted, ranks, strict=True)
    ]


def _insert(
    session: Session, owner: str, batch: Sequence[Submission], at: float
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Insert jobs with their first events; return each one's row and spec."""
    # Ids of the same millisecond are made to sort as the jobs came.
    ids = sorted(new_id(PREFIXES[one.kind]) for one in batch)
    rows = [_row(owner, job_id, one, at) for job_id, one in zip(ids, batch, strict=True)]
    specs = [{**one.spec, "name": row["name"]} for one, row in zip(batch, rows, strict=True)]
    connection = session.connection()
    connection.execute(_INSERT, rows)
    connection.execute(
        _INSERT_SPEC, [{"job_id": job_id, "spec": spec} for job_id, spec in zip(ids, specs, strict=True)]
    )
    events.write_first(session, ids, at)
    for job_id, one in zip(ids, batch, strict=True):
        events.tell(session, job_id, "queued", {"claim": 0, **one.told})
    return [*zip(rows, specs, strict=True)]


def _ranks(priorities: Sequence[int]) -> list[int]:
    """Return how many of the others each goes after: those of a smaller number, and of the same the earlier ones."""
    order = sorted(range(len(priorities)), key=priorities.__getitem__)
    ranks = [0] * len(order)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks


def _row(owner: str, job_id: str, submission: Submission, at: float) -> dict[str, Any]:
    return {
        "id": job_id,
        "owner": owner,
        "kind": submission.kind,
        "name": submission.name or job_id,
        "priority": submission.priority,
        "epochs": submission.epochs,
        "dataset_id": submission.spec["data"].get("dataset"),
        "start_from": submission.start_from,
        "reproduces": submission.reproduces,
        "model_id": submission.model_id,
        "labels": submission.metadata or {},
        "queued_at": at,
        "created_at": at,
    }


def _keep_key(session: Session, owner: str, submission: Submission, job_id: str) -> None:
    row = {"owner": owner, "key": submission.idempotency_key, "digest": _digest(submission), "job_id": job_id}
    session.execute(insert(IdempotencyKey).values(**row, created_at=clock()))


def _digest(submission: Submission) -> str:
    parts = (submission.asked or submission.spec, submission.dataset and submission.dataset.sha256)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
