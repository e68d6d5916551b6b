"""The runner: hears a bell, claims the waiting jobs one by one and works on them; whatever happens, no job is lost."""

import logging
from collections.abc import Mapping

from backprop.errors import InvalidError, LeaseLostError, failure
from backprop.store.database import DatabaseDownError
from backprop.store.jobs import claims
from backprop.store.jobs.claims import Outcome
from backprop.store.states import Kind
from worker.lease import Lease
from worker.scoring_slice import ScoringSlice
from worker.slice import Slice
from worker.workplace import Workplace

SLICES: Mapping[Kind, type[Slice | ScoringSlice]] = {"training": Slice, "prediction": ScoringSlice}

log = logging.getLogger(__name__)


def hear(place: Workplace) -> None:
    """Do what a bell asks for: take jobs, one after the other, until none waits or this process must go.

    Where several wait, one more worker is to hear of it; where this process must go, another is to go on with what it
    leaves. Raises DatabaseDownError.
    """
    if claims.are_waiting(place.db, 2):
        place.ring()
    while not place.is_closing():
        if work(place) is None:
            return
    place.ring()


def work(place: Workplace) -> str | None:
    """Take one job and work on it until it ends or must be let go; return its id, or None where none waited.

    Raises DatabaseDownError where no job could even be claimed.
    """
    held = claims.claim(place.db, place.worker, place.lease_seconds)
    if held is None:
        return None
    lease = Lease(place, held)
    try:
        _attempt(place, lease)
    except (LeaseLostError, DatabaseDownError) as error:
        # The keeper takes it back when its lease is over.
        log.warning("let go: %s", error, extra={"job_id": held.job_id, "claim": held.token})
    finally:
        lease.end()
    return held.job_id


def _attempt(place: Workplace, lease: Lease) -> None:
    held = lease.held
    try:
        SLICES[held.kind](place, lease).work()
    except (LeaseLostError, DatabaseDownError):
        raise
    except InvalidError as error:
        failure = _refusal(error)
        lease.insist(lambda: claims.finish(place.db, held, failure))
    except Exception as error:
        log.exception("an unforeseen error", extra={"job_id": held.job_id, "claim": held.token})
        detail = f"{type(error).__name__}: {error}"
        lease.insist(lambda: claims.crash(place.db, held, detail))


def _refusal(error: InvalidError) -> Outcome:
    detail = "; ".join(f"{problem.pointer}: {problem.detail}" for problem in error.problems)
    return Outcome("failed", error=failure(error.problems[0].code, detail))
