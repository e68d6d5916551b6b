"""Following: what a request waits for once Flask has answered it, left for the server in its environment.

A server that knows nothing of this ends the stream at once, and the client comes back after `retry`.
"""

import re
from dataclasses import dataclass

from flask import Response, request

from backprop.store.states import Kind

FOLLOWING = "backprop.following"
WAITING = "backprop.waiting"
WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*([0-9]{1,6})\s*(?:[,;]|$)", re.IGNORECASE | re.ASCII)
MOST_SECONDS = 60
RETRY_MILLISECONDS = 1000
EVENT_STREAM = "text/event-stream"
ID = re.compile(r"([0-9]{1,9})-([0-9]{1,9})", re.ASCII)

PREFER_PARAMETER = {
    "in": "header",
    "name": "Prefer",
    "description": f"`wait=10` answers when the job has ended, after 10 seconds at most ({MOST_SECONDS} is the limit)",
    "schema": {"type": "string"},
}
LAST_EVENT_PARAMETER = {
    "in": "header",
    "name": "Last-Event-ID",
    "description": "of a stream: the `id` of the last message that came; what came after it is told",
    "schema": {"type": "string"},
}


@dataclass(frozen=True)
class Place:
    """How far a client has followed a job: the last event and the last epoch that it has seen."""

    event: int = 0
    epoch: int = 0

    def __str__(self) -> str:
        return f"{self.event}-{self.epoch}"


@dataclass(frozen=True)
class Following:
    """A job that a stream follows, from a place on."""

    owner: str
    job_id: str
    place: Place
    kind: Kind = "training"


@dataclass(frozen=True)
class Waiting:
    """A job whose end a request waits for, `seconds` at most, and where it is shown."""

    job_id: str
    seconds: int
    path: str


def wait_for(job_id: str, path: str) -> None:
    """Have this request answered, with what is at `path`, when the job has ended, where it prefers to wait.

    RFC 7240, section 4.3.
    """
    asked = WAIT.search(request.headers.get("Prefer", ""))
    if asked is not None:
        request.environ[WAITING] = Waiting(job_id, min(int(asked[1]), MOST_SECONDS), path)


def place_of(last_event_id: str | None, after: int = 0) -> Place:
    """Return the place that `Last-Event-ID` names; where it names none, that before every epoch and after an event."""
    found = ID.fullmatch(last_event_id or "")
    return Place(int(found[1]), int(found[2])) if found else Place(after)


def follow(owner: str, job_id: str, after: int = 0, kind: Kind = "training") -> Response:
    """Answer with the stream of a job's events: from where this client has come to, or else after event `after`."""
    place = place_of(request.headers.get("Last-Event-ID"), after)
    request.environ[FOLLOWING] = Following(owner, job_id, place, kind)
    response = Response(retry(), mimetype=EVENT_STREAM)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in between must not hold messages back
    return response


def retry(milliseconds: int = RETRY_MILLISECONDS) -> bytes:
    """Return the line that tells a client when to come back."""
    return b"retry: %d\n\n" % milliseconds
