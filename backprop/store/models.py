"""Models: immutable, numbered under a name by a counter that never gives a version twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backprop.errors import ConflictError
from backprop.store import aliases, blobs, labels, refs
from backprop.store.database import Database, clock
from backprop.store.ids import new_id
from backprop.store.pages import NameFilter, Page, newest, page_of
from backprop.store.states import TERMINAL
from backprop.store.tables import Alias, Job, Model, ModelCounter

NO_JOB = ""  # made a model that came in a file


@dataclass(frozen=True)
class NewModel:
    """What training leaves: the parameters' bytes (w1, b1, w2, …, little-endian), digest, encoding, metrics.

    `dataset_sha256` is the digest of the rows that it was trained on, `environment` what it was trained with.
    """

    parameters: bytes
    sha256: str
    encoding: dict[str, Any]
    metrics: dict[str, Any]
    dataset_sha256: str | None = None
    environment: dict[str, str] | None = None


@dataclass(frozen=True)
class Lineage:
    """Where a model comes from: whose it is, the name it is numbered under, the job and its spec and data."""

    owner: str
    name: str
    job_id: str
    dataset_id: str | None
    spec: dict[str, Any]


@dataclass(frozen=True)
class ModelView:
    """A model as it is shown; `encoding` is what predict needs beside the parameters. `job` None: it came in a file."""

    id: str
    name: str
    version: int
    job: str | None
    sha256: str
    spec: dict[str, Any]
    encoding: dict[str, Any]
    metrics: dict[str, Any]
    aliases: list[str]
    created_at: datetime
    dataset_sha256: str | None
    environment: dict[str, str] | None
    tags: dict[str, str]
    note: str | None


@dataclass(frozen=True)
class ModelFilter(NameFilter):
    """Which models a page holds: those that a NameFilter names, with all of these tags."""

    tags: Mapping[str, str] = field(default_factory=dict)


def add(db: Database, session: Session, lineage: Lineage, model: NewModel) -> str:
    """Store a model with this transaction under the next version of its name; return its id."""
    row = Model(
        id=new_id("mdl"),
        owner=lineage.owner,
        name=lineage.name,
        version=_next_version(db, session, lineage.owner, lineage.name),
        job_id=lineage.job_id,
        dataset_id=lineage.dataset_id,
        dataset_sha256=model.dataset_sha256,
        environment=model.environment,
        sha256=model.sha256,
        blob_id=blobs.put(db, session, model.parameters),
        spec=lineage.spec,
        encoding=model.encoding,
        metrics=model.metrics,
        tags={},
        created_at=session.scalar(select(clock())),
    )
    session.add(row)
    return row.id


def show(db: Database, owner: str, ref: str) -> ModelView:
    """Return the model that `mdl_…`, `name` (its newest version), `name@3` or `name@alias` names.

    Raises NotFoundError.
    """
    with db.reading() as session:
        return view(session, refs.find(session, owner, ref))


def view(session: Session, row: Model) -> ModelView:
    """Return how a model is shown."""
    (shown,) = _views(session, [row])
    return shown


def parameters(db: Database, owner: str, ref: str) -> bytes:
    """Return the bytes of the parameters: w1, b1, w2, …, little-endian, in the spec's dtype. Raises NotFoundError."""
    with db.reading() as session:
        return blobs.get(db, session, refs.find(session, owner, ref).blob_id)


def page(db: Database, owner: str, wanted: ModelFilter) -> Page[ModelView]:
    """Return a page of models, the newest first."""
    tagged = (labels.has(db, Model.tags, key, text) for key, text in wanted.tags.items())
    query = select(Model).where(Model.owner == owner, *tagged)
    with db.reading() as session:
        rows = session.scalars(newest(query, Model, wanted)).all()
        return page_of(_views(session, rows), wanted.limit)


def delete(db: Database, owner: str, ref: str) -> None:
    """Remove one model.

    Raises NotFoundError, and ConflictError where an alias points at it, or a job that has not ended begins from it,
    reproduces it or predicts by it.
    """
    with db.writing() as session:
        row = refs.find(session, owner, ref, locked=True)
        alias = session.scalar(select(Alias.alias).where(Alias.model_id == row.id).order_by(Alias.alias).limit(1))
        if alias is not None:
            detail = f"the alias {alias} points at {row.name}@{row.version}; move or delete it first"
            raise ConflictError("in_use", detail)
        needing = select(Job).where(or_(Job.start_from == row.id, Job.reproduces == row.id, Job.model_id == row.id))
        job = session.scalar(needing.where(Job.state.not_in(TERMINAL)).limit(1))
        if job is not None:
            need = {job.start_from: "begins from", job.reproduces: "reproduces", job.model_id: "predicts by"}[row.id]
            raise ConflictError("in_use", f"{job.id}, which is {job.state}, {need} {row.id}; cancel it first")
        blobs.drop(db, session, row.blob_id)
        session.execute(delete_from(Model).where(Model.id == row.id))


def hold(session: Session, owner: str, model_id: str) -> None:
    """Keep a model from being removed before this transaction, which names it, has ended. Raises NotFoundError."""
    refs.find(session, owner, model_id, locked=True)


def _next_version(db: Database, session: Session, owner: str, name: str) -> int:
    first = db.insert(ModelCounter).values(owner=owner, name=name, last=1)
    counted = first.on_conflict_do_update(index_elements=["owner", "name"], set_={"last": ModelCounter.last + 1})
    version: int = session.execute(counted.returning(ModelCounter.last)).scalar_one()
    return version


def _views(session: Session, rows: Sequence[Model]) -> list[ModelView]:
    pointing = aliases.of_models(session, [row.id for row in rows])
    return [_view(row, pointing.get(row.id, [])) for row in rows]


def _view(row: Model, pointing: list[str]) -> ModelView:
    return ModelView(
        id=row.id,
        name=row.name,
        version=row.version,
        job=row.job_id or None,
        sha256=row.sha256,
        spec=row.spec,
        encoding=row.encoding,
        metrics=row.metrics,
        aliases=pointing,
        created_at=datetime.fromtimestamp(row.created_at, UTC),
        dataset_sha256=row.dataset_sha256,
        environment=row.environment,
        tags=row.tags,
        note=row.note,
    )
