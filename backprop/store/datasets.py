"""Datasets: rows kept once an owner by the digest of their bytes, however often they are sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backprop.errors import NotFoundError
from backprop.store import blobs
from backprop.store.database import Database, clock
from backprop.store.ids import new_id
from backprop.store.tables import Dataset


@dataclass(frozen=True)
class NewDataset:
    """Rows to be kept: their bytes, the digest of those, and what there is to say of them (columns, row count)."""

    content: bytes
    sha256: str
    description: dict[str, Any]
    name: str | None = None
    inline: bool = True


@dataclass(frozen=True)
class DatasetView:
    """A dataset as it is shown."""

    id: str
    name: str | None
    sha256: str
    description: dict[str, Any]
    created_at: datetime


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


def show(db: Database, owner: str, dataset_id: str) -> DatasetView:
    """Return one dataset. Raises NotFoundError."""
    with db.reading() as session:
        row = _find(session, owner, dataset_id)
        created_at = datetime.fromtimestamp(row.created_at, UTC)
        return DatasetView(row.id, row.name, row.sha256, row.description, created_at)


def content(db: Database, owner: str, dataset_id: str) -> bytes:
    """Return the bytes of one dataset. Raises NotFoundError."""
    with db.reading() as session:
        return blobs.get(db, session, _find(session, owner, dataset_id).blob_id)


def _find(session: Session, owner: str, dataset_id: str) -> Dataset:
    row = session.scalar(select(Dataset).where(Dataset.owner == owner, Dataset.id == dataset_id))
    if row is None:
        raise NotFoundError("dataset", dataset_id)
    return row
