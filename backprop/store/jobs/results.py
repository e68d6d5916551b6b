"""Results: what a prediction makes of its rows, in parts that follow each other.

Each is stored in the transaction that says how far the prediction is: the rows that they hold are those that are done.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from backprop.errors import NotFoundError
from backprop.store import blobs
from backprop.store.database import Database
from backprop.store.tables import Blob, ResultPart


@dataclass(frozen=True)
class NewPart:
    """The result of `rows` rows from `first_row` on, `rejected` of which could not be scored, as bytes."""

    first_row: int
    rows: int
    rejected: int
    content: bytes


def append(db: Database, session: Session, job_id: str, part: NewPart) -> None:
    """Store a part with this transaction; one that is there already, since its writer could not know it, stays."""
    if session.get(ResultPart, (job_id, part.first_row)) is not None:
        return
    blob_id = blobs.put(db, session, part.content)
    counts = {"first_row": part.first_row, "rows": part.rows, "rejected": part.rejected}
    session.add(ResultPart(job_id=job_id, blob_id=blob_id, **counts))
    session.flush()


def rejected(db: Database, job_id: str) -> int:
    """Return how many rows of the parts so far could not be scored."""
    with db.reading() as session:
        query = select(func.coalesce(func.sum(ResultPart.rejected), 0)).where(ResultPart.job_id == job_id)
        return int(session.execute(query).scalar_one())


def size(db: Database, job_id: str) -> int:
    """Return the bytes of a result's parts."""
    query = select(func.coalesce(func.sum(Blob.size), 0)).join(ResultPart, ResultPart.blob_id == Blob.id)
    with db.reading() as session:
        return int(session.execute(query.where(ResultPart.job_id == job_id)).scalar_one())


def contents(db: Database, job_id: str) -> Iterator[bytes]:
    """Yield the parts in the order of their rows, one in memory at a time.

    Raises NotFoundError where the prediction is deleted meanwhile, and DamagedBlobError.
    """
    named = select(ResultPart.blob_id).where(ResultPart.job_id == job_id).order_by(ResultPart.first_row)
    with db.reading() as session:
        blob_ids = session.scalars(named).all()
    for blob_id in blob_ids:
        with db.reading() as session:
            if session.scalar(select(Blob.id).where(Blob.id == blob_id)) is None:
                raise NotFoundError("prediction", job_id)
            yield blobs.get(db, session, blob_id)


def drop(db: Database, session: Session, job_id: str) -> None:
    """Remove all parts with this transaction."""
    dropped = delete(ResultPart).where(ResultPart.job_id == job_id).returning(ResultPart.blob_id)
    for blob_id in session.scalars(dropped.execution_options(synchronize_session=False)).all():
        blobs.drop(db, session, blob_id)
