"""What a user asks of a job: cancel, pause, resume, delete. A running job is only asked; its worker obeys."""

from typing import Any

from sqlalchemy import delete as delete_from
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backprop.errors import ConflictError, NotFoundError
from backprop.store import tallies
from backprop.store.database import Database, clock
from backprop.store.jobs import events, reading
from backprop.store.jobs.endings import drop_work, unsynchronized
from backprop.store.jobs.reading import JobView
from backprop.store.states import NOUNS, TERMINAL, Kind
from backprop.store.tables import Job


def cancel(db: Database, owner: str, job_id: str, kind: Kind = "training") -> tuple[JobView, bool]:
    """Cancel a job, or ask its worker to; return it, and whether that changed anything.

    A requested pause gives way. Raises NotFoundError, and ConflictError where the job has ended otherwise.
    """
    with db.writing() as session:
        job = _locked(session, owner, job_id, kind)
        match job.state, job.requested:
            case ("cancelled", _) | ("running", "cancel"):
                changed = False
            case ("queued" | "paused", _):
                changed = _change(
                    session, job, "cancelled", state="cancelled", stop_reason="cancelled", ended_at=clock()
                )
                drop_work(db, session, job_id)
                tallies.add(session, "job_seconds", job.seconds, "cancelled")
            case ("running", _):
                changed = _change(session, job, "cancel_requested", requested="cancel")
            case _:
                raise _forbidden("cancel", job)
        return reading.find(session, owner, job_id, kind), changed


def pause(db: Database, owner: str, job_id: str, kind: Kind = "training") -> tuple[JobView, bool]:
    """Pause a job, or ask its worker to; return it, and whether that changed anything.

    Raises NotFoundError, and ConflictError where the job has ended or its cancellation was asked for.
    """
    with db.writing() as session:
        job = _locked(session, owner, job_id, kind)
        match job.state, job.requested:
            case ("paused", _) | ("running", "pause"):
                changed = False
            case ("queued", _):
                changed = _change(session, job, "paused", state="paused")
            case ("running", None):
                changed = _change(session, job, "pause_requested", requested="pause")
            case _:
                raise _forbidden("pause", job)
        return reading.find(session, owner, job_id, kind), changed


def resume(db: Database, owner: str, job_id: str, kind: Kind = "training") -> tuple[JobView, bool]:
    """Queue a paused job again, or withdraw the pause asked of a running one; return it, and whether that changed it.

    Raises NotFoundError, and ConflictError where the job has ended or its cancellation was asked for.
    """
    with db.writing() as session:
        job = _locked(session, owner, job_id, kind)
        match job.state, job.requested:
            case ("queued", _) | ("running", None):
                changed = False
            case ("paused", _):
                changed = _change(session, job, "queued", state="queued", queued_at=clock())
            case ("running", "pause"):
                changed = _change(session, job, "pause_withdrawn", requested=None)
            case _:
                raise _forbidden("resume", job)
        return reading.find(session, owner, job_id, kind), changed


def delete(db: Database, owner: str, job_id: str, kind: Kind = "training") -> None:
    """Remove an ended job with its metrics, events and result; its model stays.

    Raises NotFoundError and ConflictError.
    """
    with db.writing() as session:
        job = _locked(session, owner, job_id, kind)
        if job.state not in TERMINAL:
            raise _forbidden("delete", job)
        drop_work(db, session, job_id)
        session.execute(delete_from(Job).where(Job.id == job_id))


def _locked(session: Session, owner: str, job_id: str, kind: Kind) -> Job:
    job = session.scalar(select(Job).where(Job.owner == owner, Job.id == job_id, Job.kind == kind).with_for_update())
    if job is None:
        raise NotFoundError(NOUNS[kind], job_id)
    return job


def _change(session: Session, job: Job, event: str, **values: Any) -> bool:
    change = update(Job).where(Job.id == job.id).values(**values)
    session.execute(unsynchronized(change))
    events.write(session, job.id, event)
    return True


def _forbidden(step: str, job: Job) -> ConflictError:
    state = f"{job.state}, and its cancellation has been asked for" if job.requested == "cancel" else job.state
    return ConflictError("wrong_state", f"cannot {step} {job.id}: it is {state}")
