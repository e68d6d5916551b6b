"""Every state, every request, every crossing: what each step makes of each situation, as one table."""

from collections.abc import Callable

import pytest

from backprop.errors import ConflictError, LeaseLostError, NotFoundError
from backprop.store.database import Database
from backprop.store.jobs import claims, events, reading, requests
from backprop.store.jobs.claims import Claim, Outcome
from tests.backprop.store.situations import OWNER, Submit, bring, reap

Step = Callable[[Database, str, Claim], object]

LOST = LeaseLostError
FORBIDDEN = ConflictError

STEPS: dict[str, Step] = {
    "cancel": lambda db, job_id, _: requests.cancel(db, OWNER, job_id),
    "pause": lambda db, job_id, _: requests.pause(db, OWNER, job_id),
    "resume": lambda db, job_id, _: requests.resume(db, OWNER, job_id),
    "delete": lambda db, job_id, _: requests.delete(db, OWNER, job_id),
    "claim": lambda db, _, __: claims.claim(db, "worker@other", 60),
    "beat": lambda db, _, held: claims.beat(db, held),
    "give_back": lambda db, _, held: claims.give_back(db, held),
    "succeed": lambda db, _, held: claims.finish(db, held, Outcome("succeeded", "epochs")),
    "fail": lambda db, _, held: claims.finish(db, held, Outcome("failed", "diverged")),
    "crash": lambda db, _, held: claims.crash(db, held, "boom"),
    "reap": lambda db, job_id, _: reap(db, job_id),
}

SAME = None  # the step is allowed, and nothing changes
GONE = "gone"

# fmt: off
TABLE: dict[str, dict[str, str | type[Exception] | None]] = {
    "cancel":    {"queued": "cancelled", "running": "running+cancel", "running+pause": "running+cancel",
                  "running+cancel": SAME, "paused": "cancelled",
                  "succeeded": FORBIDDEN, "failed": FORBIDDEN, "cancelled": SAME},
    "pause":     {"queued": "paused", "running": "running+pause", "running+pause": SAME,
                  "running+cancel": FORBIDDEN, "paused": SAME,
                  "succeeded": FORBIDDEN, "failed": FORBIDDEN, "cancelled": FORBIDDEN},
    "resume":    {"queued": SAME, "running": SAME, "running+pause": "running",
                  "running+cancel": FORBIDDEN, "paused": "queued",
                  "succeeded": FORBIDDEN, "failed": FORBIDDEN, "cancelled": FORBIDDEN},
    "delete":    {"queued": FORBIDDEN, "running": FORBIDDEN, "running+pause": FORBIDDEN,
                  "running+cancel": FORBIDDEN, "paused": FORBIDDEN,
                  "succeeded": GONE, "failed": GONE, "cancelled": GONE},
    "claim":     {"queued": "running", "running": SAME, "running+pause": SAME,
                  "running+cancel": SAME, "paused": SAME,
                  "succeeded": SAME, "failed": SAME, "cancelled": SAME},
    "beat":      {"queued": LOST, "running": SAME, "running+pause": SAME,
                  "running+cancel": SAME, "paused": LOST,
                  "succeeded": LOST, "failed": LOST, "cancelled": LOST},
    "give_back": {"queued": LOST, "running": "queued", "running+pause": "paused",
                  "running+cancel": "cancelled", "paused": LOST,
                  "succeeded": LOST, "failed": LOST, "cancelled": LOST},
    "succeed":   {"queued": LOST, "running": "succeeded", "running+pause": "succeeded",
                  "running+cancel": "succeeded", "paused": LOST,
                  "succeeded": LOST, "failed": LOST, "cancelled": LOST},
    "fail":      {"queued": LOST, "running": "failed", "running+pause": "failed",
                  "running+cancel": "failed", "paused": LOST,
                  "succeeded": LOST, "failed": LOST, "cancelled": LOST},
    "crash":     {"queued": LOST, "running": "queued", "running+pause": "paused",
                  "running+cancel": "cancelled", "paused": LOST,
                  "succeeded": LOST, "failed": LOST, "cancelled": LOST},
    "reap":      {"queued": SAME, "running": "queued", "running+pause": "paused",
                  "running+cancel": "cancelled", "paused": SAME,
                  "succeeded": SAME, "failed": SAME, "cancelled": SAME},
}
# fmt: on

CASES = [(situation, step, result) for step, row in TABLE.items() for situation, result in row.items()]


def test_the_table_is_whole() -> None:
    situations = {"queued", "running", "running+pause", "running+cancel", "paused", "succeeded", "failed", "cancelled"}
    assert set(TABLE) == set(STEPS)
    assert all(set(row) == situations for row in TABLE.values())


@pytest.mark.parametrize(("situation", "step", "result"), CASES, ids=[f"{s}-{t}" for s, t, _ in CASES])
def test_a_step_from_a_situation(
    database: Database, submit: Submit, situation: str, step: str, result: str | type[Exception] | None
) -> None:
    job = submit()
    held = bring(database, job.id, situation) or Claim(job.id, OWNER, 1, 60, {})
    happened = len(events.after(database, job.id))
    if isinstance(result, type):
        with pytest.raises(result):
            STEPS[step](database, job.id, held)
    else:
        STEPS[step](database, job.id, held)
    if result == GONE:
        with pytest.raises(NotFoundError):
            reading.show(database, OWNER, job.id)
        return
    after = reading.show(database, OWNER, job.id)
    expected = result if isinstance(result, str) else situation
    assert after.state + (f"+{after.requested}" if after.requested else "") == expected
    assert (after.ended_at is not None) == (after.state in {"succeeded", "failed", "cancelled"})
    written = len(events.after(database, job.id)) - happened
    assert (written > 0) == (expected != situation), "each change, and nothing else, is an event"


@pytest.mark.parametrize("step", ["cancel", "pause", "resume"])
def test_a_request_says_whether_it_changed_anything(database: Database, submit: Submit, step: str) -> None:
    job = submit()
    requests.pause(database, OWNER, job.id)
    request = getattr(requests, step)
    first, second = request(database, OWNER, job.id)[1], request(database, OWNER, job.id)[1]
    assert (first, second) == ((False, False) if step == "pause" else (True, False))


def test_a_job_of_another_owner_is_not_there(database: Database, submit: Submit) -> None:
    job = submit()
    for request in (requests.cancel, requests.pause, requests.resume, requests.delete, reading.show):
        with pytest.raises(NotFoundError):
            request(database, "somebody", job.id)
