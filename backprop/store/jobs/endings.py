"""How a job is let go, by a worker, the keeper or the user: given back, crashed, or ended for good.

Each function changes a job whose row the transaction holds already.
"""

from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from backprop.errors import failure
from backprop.store import blobs, tallies
from backprop.store.database import Database, clock
from backprop.store.jobs import events, results
from backprop.store.tables import Checkpoint, Job

MAX_CRASHES_IN_A_ROW = 5
MAX_CRASHES = 100


def crashed(db: Database, session: Session, job_id: str, requested: str | None, detail: str) -> str:
    """Count a crash, and let it go, or fail it where it crashed too often."""
    counted = (
        update(Job)
        .where(Job.id == job_id)
        .values(crashes=Job.crashes + 1, crashes_in_a_row=Job.crashes_in_a_row + 1)
        .returning(Job.crashes, Job.crashes_in_a_row)
    )
    crashes, in_a_row = session.execute(unsynchronized(counted)).one()
    events.write(session, job_id, "crashed", detail=detail)
    tallies.add(session, "crashes", 1)
    if requested is None and (in_a_row >= MAX_CRASHES_IN_A_ROW or crashes >= MAX_CRASHES):
        error = failure("crashed", f"crashed {crashes} times, {in_a_row} of them without progress: {detail}")
        return end(db, session, job_id, "failed", error=error)
    return release(db, session, job_id, requested)


def release(db: Database, session: Session, job_id: str, requested: str | None) -> str:
    """Let go of a running job: cancelled or paused if asked for, else queued."""
    if requested == "cancel":
        return end(db, session, job_id, "cancelled", stop_reason="cancelled")
    state = "paused" if requested == "pause" else "queued"
    values: dict[str, Any] = {"state": state, "requested": None, "worker": None, "lease_until": None}
    session.execute(unsynchronized(update(Job).where(Job.id == job_id).values(**values, queued_at=clock())))
    events.write(session, job_id, state)
    return state


def end(db: Database, session: Session, job_id: str, state: str, **values: Any) -> str:
    """End a job, and remove what it would have continued from; a result stays only where it is whole."""
    released: dict[str, Any] = {"requested": None, "worker": None, "lease_until": None, "ended_at": clock()}
    ended = update(Job).where(Job.id == job_id).values(state=state, **released, **values).returning(Job.seconds)
    tallies.add(session, "job_seconds", session.scalars(unsynchronized(ended)).one(), state)
    (drop_checkpoint if state == "succeeded" else drop_work)(db, session, job_id)
    error = values.get("error")
    events.write(session, job_id, state, **({"error": error} if error else {}))
    return state


def drop_work(db: Database, session: Session, job_id: str) -> None:
    """Remove all that a job has made so far."""
    drop_checkpoint(db, session, job_id)
    results.drop(db, session, job_id)


def drop_checkpoint(db: Database, session: Session, job_id: str) -> None:
    """Remove what a job would continue from: it has ended."""
    blob_id = session.scalar(delete(Checkpoint).where(Checkpoint.job_id == job_id).returning(Checkpoint.blob_id))
    if blob_id is not None:
        blobs.drop(db, session, blob_id)


def unsynchronized(statement: Any) -> Any:
    """Return the statement with the order not to look for objects that it changes: these sessions hold none."""
    return statement.execution_options(synchronize_session=False)
