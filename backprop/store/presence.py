"""Presence: which processes work for this database, each a row that it renews; a row not renewed in time is dead."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select

from backprop.store.database import Database, clock
from backprop.store.tables import Worker

BEAT_SECONDS = 5.0
DEAD_SECONDS = 3 * BEAT_SECONDS


@dataclass(frozen=True)
class Presence:
    """A process as it makes itself known: kind "worker" or "keeper", and how many jobs it runs at once."""

    id: str
    kind: str
    slots: int


@dataclass(frozen=True)
class WorkerView:
    """A live process as it is shown."""

    id: str
    kind: str
    slots: int
    started_at: datetime
    beaten_at: datetime


def beat(db: Database, presence: Presence) -> None:
    """Say that this process lives; the first time also says that it is there."""
    values = {"id": presence.id, "kind": presence.kind, "slots": presence.slots}
    first = db.insert(Worker).values(**values, started_at=clock(), beaten_at=clock())
    with db.writing() as session:
        session.execute(first.on_conflict_do_update(index_elements=["id"], set_={"beaten_at": clock()}))


def leave(db: Database, worker_id: str) -> None:
    """Say that this process ends."""
    with db.writing() as session:
        session.execute(delete(Worker).where(Worker.id == worker_id))


def sweep(db: Database) -> None:
    """Forget the processes that died without saying so."""
    with db.writing() as session:
        session.execute(delete(Worker).where(~is_alive()))


def live(db: Database) -> list[WorkerView]:
    """Return the processes that live."""
    with db.reading() as session:
        return [
            WorkerView(row.id, row.kind, row.slots, _utc(row.started_at), _utc(row.beaten_at))
            for row in session.scalars(select(Worker).where(is_alive()).order_by(Worker.id))
        ]


def is_alive() -> ColumnElement[bool]:
    """Return the condition that a row of `workers` was renewed in time."""
    return Worker.beaten_at > clock() - DEAD_SECONDS


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
