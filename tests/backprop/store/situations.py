"""Jobs in each state that a test may begin from, brought there as users, workers and time would."""

from collections.abc import Callable

from sqlalchemy import update

from backprop.store.database import Database, clock
from backprop.store.jobs import claims, leases, requests
from backprop.store.jobs.claims import Claim, Outcome
from backprop.store.jobs.reading import JobView
from backprop.store.tables import Job

OWNER = "local"
SPEC = {"data": {"builtin": "iris"}}

Submit = Callable[..., JobView]


def take(database: Database, lease_seconds: float = 60) -> Claim:
    """Claim the first waiting job."""
    held = claims.claim(database, "worker@test", lease_seconds)
    assert held is not None
    return held


def expire(database: Database, job_id: str) -> None:
    """Let a job's lease run out."""
    with database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=clock() - 1))


def bring(database: Database, job_id: str, situation: str) -> Claim | None:
    """Bring a queued job to a state, or to running with a request on it; return the claim where it was running."""
    state, _, requested = situation.partition("+")
    if state == "queued":
        return None
    if state == "paused":
        requests.pause(database, OWNER, job_id)
        return None
    if state == "cancelled":
        requests.cancel(database, OWNER, job_id)
        return None
    held = take(database)
    if state in {"succeeded", "failed"}:
        claims.finish(database, held, Outcome(state))  # type: ignore[arg-type]
    if requested:
        getattr(requests, requested)(database, OWNER, job_id)
    return held


def reap(database: Database, job_id: str) -> None:
    """Let a job's lease run out, and have the keeper come by."""
    expire(database, job_id)
    leases.reap(database)
