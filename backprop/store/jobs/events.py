"""Events: what happened to a job, in order, each written in the transaction in which it happened."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Insert, String, bindparam, func, insert, select
from sqlalchemy.orm import Session

from backprop.store.database import Database, clock
from backprop.store.tables import Event, Job


@dataclass(frozen=True)
class EventView:
    """One thing that happened: `seq` counts up from 1 within a job, `claim` says during which claim."""

    seq: int
    at: datetime
    kind: str
    claim: int
    data: dict[str, Any]


def _write() -> Insert:
    job_id = bindparam("of", type_=String())
    last = select(func.coalesce(func.max(Event.seq), 0)).where(Event.job_id == job_id).scalar_subquery()
    claim = select(Job.claim).where(Job.id == job_id).scalar_subquery()
    row = {"seq": last + 1, "at": clock(), "claim": claim, "kind": bindparam("what"), "data": bindparam("with")}
    return insert(Event.metadata.tables[Event.__tablename__]).values(job_id=job_id, **row)


_WRITE = _write()  # made once: putting it together takes longer than running it


def write(session: Session, job_id: str, kind: str, **data: Any) -> None:
    """Add an event to a job whose row this transaction has changed: that row's lock gives events their order."""
    last = select(func.coalesce(func.max(Event.seq), 0)).where(Event.job_id == job_id).scalar_subquery()
    claim = select(Job.claim).where(Job.id == job_id).scalar_subquery()
    session.execute(insert(Event).values(job_id=job_id, seq=last + 1, at=clock(), kind=kind, claim=claim, data=data))


def after(db: Database, job_id: str, seq: int = 0) -> list[EventView]:
    """Return the events of a job that came after number `seq`, oldest first."""
    query = select(Event).where(Event.job_id == job_id, Event.seq > seq).order_by(Event.seq)
    with db.reading() as session:
        return [
            EventView(row.seq, datetime.fromtimestamp(row.at, UTC), row.kind, row.claim, row.data)
            for row in session.scalars(query)
        ]
