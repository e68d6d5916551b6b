"""Submissions: a job comes into being, once for each idempotency key, with the rows that came inside it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backprop.errors import ConflictError, NotFoundError
from backprop.store import datasets, models
from backprop.store.database import Database, clock
from backprop.store.datasets import NewDataset
from backprop.store.ids import new_id
from backprop.store.jobs import events, reading
from backprop.store.jobs.reading import JobView
from backprop.store.states import PREFIXES, Kind
from backprop.store.tables import IdempotencyKey, Job, Spec


@dataclass(frozen=True)
class Submission:
    """What is asked for: the complete spec as JSON, and beside it what the jobs row needs.

    `dataset` holds rows that came inline: they are stored in the same transaction, and the spec then names them.
    `reproduces` is the id of the model that is to be trained once more; no new version comes of that.
    A prediction has a `model_id`, of the model that it predicts by, and its `epochs` are the rows of its data.
    `asked` is what the idempotency key is held against, where the spec holds what a model's name meant at the time.
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


def submit(db: Database, owner: str, submission: Submission) -> tuple[JobView, bool]:
    """Store a job, queued, and return it with True; or the first job of the same idempotency key, with False.

    Raises ConflictError where that key came with another spec before. Ring only after this has returned.
    """
    try:
        return _submit(db, owner, submission)
    except IntegrityError:
        # Another request with the same key, or the same rows, committed between our look and our write: look again.
        return _submit(db, owner, submission)


def _submit(db: Database, owner: str, submission: Submission) -> tuple[JobView, bool]:
    with db.writing() as session:
        earlier = _earlier(session, owner, submission)
        if earlier is not None:
            return earlier, False
        job_id = _insert(db, session, owner, submission)
        events.write(session, job_id, "queued")
        return reading.find(session, owner, job_id, submission.kind), True


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


# Made once: putting them together takes longer than running them.
_INSERT = insert(Job.metadata.tables[Job.__tablename__]).values(queued_at=clock(), created_at=clock())
_INSERT_SPEC = insert(Spec.metadata.tables[Spec.__tablename__])


def _insert(db: Database, session: Session, owner: str, submission: Submission) -> str:
    job_id = new_id(PREFIXES[submission.kind])
    spec = submission.spec
    if submission.dataset is not None:
        spec = {**spec, "data": {"dataset": datasets.keep(db, session, owner, submission.dataset)}}
    elif "dataset" in spec["data"]:
        datasets.hold(session, owner, spec["data"]["dataset"])
    start_from = spec.get("network", {}).get("start_from")
    for model_id in (start_from, submission.reproduces, submission.model_id):
        if model_id is not None:
            models.hold(session, owner, model_id)
    session.flush()
    row = {
        "id": job_id,
        "owner": owner,
        "kind": submission.kind,
        "name": submission.name or job_id,
        "state": "queued",
        "priority": submission.priority,
        "epochs": submission.epochs,
        "dataset_id": spec["data"].get("dataset"),
        "start_from": start_from,
        "reproduces": submission.reproduces,
        "model_id": submission.model_id,
        "labels": submission.metadata or {},
    }
    connection = session.connection()
    connection.execute(_INSERT, row)
    connection.execute(_INSERT_SPEC, {"job_id": job_id, "spec": {**spec, "name": submission.name or job_id}})
    if submission.idempotency_key is not None:
        session.execute(
            insert(IdempotencyKey).values(
                owner=owner,
                key=submission.idempotency_key,
                digest=_digest(submission),
                job_id=job_id,
                created_at=clock(),
            )
        )
    return job_id


def _digest(submission: Submission) -> str:
    parts = (submission.asked or submission.spec, submission.dataset and submission.dataset.sha256)
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
