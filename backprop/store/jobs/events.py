"""Events: what happened to a job, in order, each written in the transaction in which it happened.

Each is also a line in the log, once that transaction has committed.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Integer, String, bindparam, func, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from backprop.store.database import Database, after_commit, clock
from backprop.store.states import STATES
from backprop.store.tables import Event, Job

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EventView:
    """One thing that happened: `seq` counts up from 1 within a job, `claim` says during which claim."""

    seq: int
    at: datetime
    kind: str
    claim: int
    data: dict[str, Any]


def _write() -> ReturningInsert[tuple[int]]:
    job_id = bindparam("of", type_=String())
    last = select(func.coalesce(func.max(Event.seq), 0)).where(Event.job_id == job_id).scalar_subquery()
    claim = select(Job.claim).where(Job.id == job_id).scalar_subquery()
    row = {"seq": last + 1, "at": clock(), "claim": claim, "kind": bindparam("what"), "data": bindparam("with")}
    return insert(Event.metadata.tables[Event.__tablename__]).values(job_id=job_id, **row).returning(Event.claim)


UNLIMITED = 2**31 - 1  # what the column holds
_AFTER = (
    select(Event)
    .where(Event.job_id == bindparam("of"), Event.seq > bindparam("after"))
    .order_by(Event.seq)
    .limit(bindparam("limit", type_=Integer()))
)
_FIRST = insert(Event.metadata.tables[Event.__tablename__]).values(seq=1, kind="queued", claim=0, data={})
_WRITE = _write()  # made once, as _AFTER: putting it together takes longer than running it


def write(session: Session, job_id: str, kind: str, **data: Any) -> None:
    """Add an event to a job whose row this transaction has changed: that row's lock gives events their order."""
    claim = session.connection().execute(_WRITE, {"of": job_id, "what": kind, "with": data}).scalar_one()
    tell(session, job_id, kind, {"claim": claim, **data})


def write_first(session: Session, job_ids: Sequence[str], at: float) -> None:
    """Add their first event, `queued`, to jobs that this transaction has stored."""
    session.connection().execute(_FIRST, [{"job_id": job_id, "at": at} for job_id in job_ids])


def tell(session: Session, job_id: str, kind: str, data: Mapping[str, Any]) -> None:
    """Have an event be a line in the log once this transaction has committed."""
    state = kind if kind in STATES else "running"  # what else happens to a job happens while it is running
    told = {"job_id": job_id, "state": state, **data}
    after_commit(session, partial(log.info, "job %s", kind, extra=told))


def after(db: Database, job_id: str, seq: int = 0, limit: int = UNLIMITED) -> list[EventView]:
    """Return the events of a job that came after number `seq`, oldest first."""
    with db.reading() as session:
        return [
            EventView(row.seq, datetime.fromtimestamp(row.at, UTC), row.kind, row.claim, row.data)
            for row in session.scalars(_AFTER, {"of": job_id, "after": min(seq, UNLIMITED), "limit": limit})
        ]
