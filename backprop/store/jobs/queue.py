"""The queue as it is at this moment: how many jobs wait and run, how many could, and how long the first has waited."""

from dataclasses import dataclass

from sqlalchemy import case, func, select

from backprop.store.database import Database, clock
from backprop.store.presence import is_alive
from backprop.store.tables import Job, Worker


@dataclass(frozen=True)
class QueueView:
    """Jobs queued and running, the slots of all live workers, and the longest wait (None: nobody waits)."""

    queued: int
    running: int
    slots: int
    oldest_seconds: float | None


_WAITS = Job.state == "queued"
_SLOTS = select(func.coalesce(func.sum(Worker.slots), 0)).where(Worker.kind == "worker", is_alive())
_LOOK = select(
    func.count(case((_WAITS, 1))).label("queued"),
    func.count(case((~_WAITS, 1))).label("running"),
    _SLOTS.scalar_subquery().label("slots"),
    (clock() - func.min(case((_WAITS, Job.queued_at)))).label("oldest_seconds"),
).where(Job.state.in_(["queued", "running"]))


def look(db: Database) -> QueueView:
    """Return the queue, everybody's jobs counted. Raises DatabaseDownError."""
    with db.reading() as session:
        row = session.execute(_LOOK).one()
        oldest = None if row.oldest_seconds is None else max(0.0, round(row.oldest_seconds, 3))
        return QueueView(row.queued, row.running, int(row.slots), oldest)
