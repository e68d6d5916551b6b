"""Figures: what the database knows of its jobs at this moment, and of all that there ever were."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from backprop.store import tallies
from backprop.store.database import Database, clock
from backprop.store.states import STATES, State
from backprop.store.tables import Job
from backprop.store.tallies import Tallied


@dataclass(frozen=True)
class Figures:
    """Jobs in each state, for how many seconds the first queued one has waited (0: none does), and the tallies."""

    jobs: Mapping[State, int]
    oldest_seconds: float
    tallies: Mapping[tuple[str, str], Tallied]


def read(db: Database) -> Figures:
    """Return the figures. Raises DatabaseDownError."""
    # Read from the index of the queue alone.
    count_jobs = select(Job.state, func.count().label("jobs")).group_by(Job.state)
    wait = select(func.coalesce(clock() - func.min(Job.queued_at), 0.0)).where(Job.state == "queued")
    with db.reading() as session:
        jobs = dict.fromkeys(STATES, 0) | {row.state: row.jobs for row in session.execute(count_jobs)}
        return Figures(jobs, session.scalar(wait) or 0.0, tallies.read(session))
