"""Datasets: rows kept once an owner by the digest of their bytes, however often they are sent.

An upload's digest is that of the file as it came and of how it is to be read.
"""

import mmap
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from sqlalchemy import Select, select
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backprop.errors import ConflictError, NotFoundError
from backprop.store import blobs
from backprop.store.database import Database, clock
from backprop.store.ids import new_id
from backprop.store.pages import NameFilter, Page, newest, page_of
from backprop.store.states import TERMINAL
from backprop.store.tables import Blob, Dataset, Job, Model


@dataclass(frozen=True)
class NewDataset:
    """Rows to be kept: their bytes, the digest of those, and what there is to say of them (columns, row count)."""

    content: bytes
    sha256: str
    description: dict[str, Any]
    name: str | None = None
    inline: bool = True


@dataclass(frozen=True)
class NewUpload:
    """A file that was read: its table as it is kept, what there is to say of it, and the digest to find it by."""

    content: BinaryIO
    digest: str
    name: str | None
    description: dict[str, Any]
    statistics: list[dict[str, Any]]


@dataclass(frozen=True)
class DatasetView:
    """A dataset as it is shown; `statistics`, an entry a column, where it is shown alone."""

    id: str
    name: str | None
    sha256: str
    description: dict[str, Any]
    created_at: datetime
    statistics: list[dict[str, Any]] | None = None


def keep(db: Database, session: Session, owner: str, dataset: NewDataset) -> str:
    """Store the dataset with this transaction, unless the owner has the same bytes already; return its id."""
    same = select(Dataset.id).where(Dataset.owner == owner, Dataset.sha256 == dataset.sha256)
    # Locked, so that the sweep of unnamed datasets waits for the row that is about to name this one.
    known = session.scalar(same.with_for_update())
    if known is not None:
        return known
    row = Dataset(
        id=new_id("ds"),
        owner=owner,
        name=dataset.name,
        sha256=dataset.sha256,
        inline=dataset.inline,
        blob_id=blobs.put(db, session, dataset.content),
        description=dataset.description,
        created_at=session.scalar(select(clock())),
    )
    session.add(row)
    return row.id


def known(db: Database, owner: str, digest: str) -> DatasetView | None:
    """Return the dataset of that digest, if there is one."""
    with db.reading() as session:
        row = session.scalar(select(Dataset).where(Dataset.owner == owner, Dataset.sha256 == digest))
        return None if row is None else _view(row, row.statistics)


def add(db: Database, owner: str, upload: NewUpload) -> tuple[DatasetView, bool]:
    """Store an upload and return it with True; or the one of the same digest that there was already, with False."""
    try:
        with blobs.staged(db, upload.content) as blob:
            return _add(db, owner, upload, blob), True
    except IntegrityError:
        same = known(db, owner, upload.digest)  # another request with the same bytes was faster
        if same is None:
            raise
        return same, False


def page(db: Database, owner: str, wanted: NameFilter) -> Page[DatasetView]:
    """Return a page of uploads, the newest first."""
    query = select(Dataset).where(Dataset.owner == owner, Dataset.inline.is_(False))
    with db.reading() as session:
        rows = session.scalars(newest(query, Dataset, wanted)).all()
        return page_of([_view(row) for row in rows], wanted.limit)


def show(db: Database, owner: str, dataset_id: str) -> DatasetView:
    """Return one dataset. Raises NotFoundError."""
    with db.reading() as session:
        row = _find(session, owner, dataset_id)
        return _view(row, row.statistics)


def content(db: Database, owner: str, dataset_id: str) -> bytes | mmap.mmap:
    """Return the bytes of one dataset, those of a large one as a map of its file. Raises NotFoundError."""
    with db.reading() as session:
        return blobs.buffer(db, session, _find(session, owner, dataset_id).blob_id)


def delete(db: Database, owner: str, dataset_id: str) -> None:
    """Remove a dataset. Raises NotFoundError, and ConflictError while a job that has not ended or a model names it."""
    with db.writing() as session:
        row = session.scalar(_of(owner, dataset_id).with_for_update())
        if row is None:
            raise NotFoundError("dataset", dataset_id)
        _check_unused(session, dataset_id)
        blobs.drop(db, session, row.blob_id)
        session.execute(delete_from(Dataset).where(Dataset.id == dataset_id))


def hold(session: Session, owner: str, dataset_id: str) -> None:
    """Keep a dataset from being removed before this transaction, which names it, has ended. Raises NotFoundError."""
    held = select(Dataset.id).where(Dataset.owner == owner, Dataset.id == dataset_id)
    if session.scalar(held.with_for_update()) is None:
        raise NotFoundError("dataset", dataset_id)


def _add(db: Database, owner: str, upload: NewUpload, blob: Blob) -> DatasetView:
    with db.writing() as session:
        row = Dataset(
            id=new_id("ds"),
            owner=owner,
            name=upload.name,
            sha256=upload.digest,
            inline=False,
            blob_id=blob.id,
            description=upload.description,
            statistics=upload.statistics,
            created_at=session.scalar(select(clock())),
        )
        session.add_all([blob, row])
        session.flush()
        return _view(row, upload.statistics)


def _check_unused(session: Session, dataset_id: str) -> None:
    job = session.scalar(select(Job.id).where(Job.dataset_id == dataset_id, Job.state.not_in(TERMINAL)).limit(1))
    model = session.scalar(select(Model.id).where(Model.dataset_id == dataset_id).limit(1))
    if job or model:
        raise ConflictError("in_use", f"{dataset_id} is in use by {job or model}; delete that first")


def _view(row: Dataset, statistics: list[dict[str, Any]] | None = None) -> DatasetView:
    created_at = datetime.fromtimestamp(row.created_at, UTC)
    description = dict(row.description)
    sha256 = description.pop("sha256", row.sha256)
    return DatasetView(row.id, row.name, sha256, description, created_at, statistics)


def _of(owner: str, dataset_id: str) -> Select[Dataset]:
    return select(Dataset).where(Dataset.owner == owner, Dataset.id == dataset_id)


def _find(session: Session, owner: str, dataset_id: str) -> Dataset:
    row = session.scalar(_of(owner, dataset_id))
    if row is None:
        raise NotFoundError("dataset", dataset_id)
    return row
