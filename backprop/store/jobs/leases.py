"""The keeper's side of jobs: leases that ran out, and jobs that wait although no bell rings for them."""

from dataclasses import dataclass

from sqlalchemy import func, select

from backprop.store import tallies
from backprop.store.database import Database, clock
from backprop.store.jobs.endings import crashed
from backprop.store.tables import Job


@dataclass(frozen=True)
class Waiting:
    """How many jobs are queued, and for how many seconds the first of them has been."""

    count: int
    seconds: float


def reap(db: Database) -> list[str]:
    """Take back the running jobs whose lease is over, the longest lost first, each in a transaction of its own.

    Return their ids in that order. What was asked of a job is obeyed first; else it is queued again, or failed where
    it crashed too often.
    """
    is_lost = (Job.state == "running") & (Job.lease_until < clock())
    expired = select(Job.id).where(is_lost).order_by(Job.lease_until, Job.id)
    with db.reading() as session:
        job_ids = session.scalars(expired).all()
    return [job_id for job_id in job_ids if _reap(db, job_id)]


def waiting(db: Database) -> Waiting:
    """Return how many jobs are queued, and since when."""
    with db.reading() as session:
        query = select(func.count(), clock() - func.min(Job.queued_at)).where(Job.state == "queued")
        count, seconds = session.execute(query).one()
        return Waiting(count, seconds or 0.0)


def _reap(db: Database, job_id: str) -> bool:
    # Locked and looked at again: its worker may have renewed the lease, or another keeper may have been here.
    still = select(Job.requested).where(Job.id == job_id, Job.state == "running", Job.lease_until < clock())
    with db.writing() as session:
        row = session.execute(still.with_for_update(skip_locked=True)).first()
        if row is None:
            return False
        tallies.add(session, "lost_leases", 1)
        crashed(db, session, job_id, row.requested, "the worker stopped answering")
        return True
