"""The front: predictions, polls and submissions are answered without Flask, whose way there and back costs more.

A request is taken here where nothing in its head is out of the ordinary; it is answered by the function that stands
behind its view, too. Whatever else comes, and all that goes wrong, is left to Flask, which says what it is.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

from granian.rsgi import Scope
from marshmallow import Schema

from backprop import strict_json
from backprop.schemas import JobSchema
from service.answers import JSON, as_json
from service.door.commits import Commits
from service.guard import HOST, has_key, id_for
from service.monitoring.watch import Answered, tell
from service.parsing import checked_key, loaded, reader_of
from service.parts import OWNER, Parts
from service.predicting.arrays import NPY
from service.resources.jobs import accepted
from service.resources.predictions import PredictSchema, predicted
from service.submitting.submission import submission_of

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]

# Flask alone knows what these ask for, or how they are refused.
UNUSUAL = frozenset(
    {"transfer-encoding", "content-encoding", "if-match", "if-modified-since", "if-unmodified-since", "range"}
)
PREDICT, JOB = PredictSchema(), JobSchema()


@dataclass(frozen=True)
class Taken:
    """A request that is answered here: its kind, whose it is (a model's ref, a job's id), its headers and id."""

    kind: "Kind"
    of: str
    headers: Mapping[str, str]
    request_id: str
    read: Callable[[bytes], object] | None = None

    @property
    def has_body(self) -> bool:
        """Whether there is a body to read."""
        return self.kind.method == "POST"


@dataclass(frozen=True)
class Left:
    """A request that is left to Flask, which is to raise `failure` where there is one."""

    failure: Exception | None = None


class Given(NamedTuple):
    """What a request is answered with, and what its line in the log says beside: which job it is about."""

    status: int
    headers: Headers
    content: bytes
    about: Mapping[str, str] = {}


@dataclass(frozen=True)
class Kind:
    """Requests of one method and path, and what answers them, once their body has come in; None: Flask has to."""

    method: str
    path: re.Pattern[str]
    template: str
    schema: Schema | None
    answer: Callable[["Front", Taken, bytes], Awaitable[Given | None]]


class Front:
    """What stands before Flask in a process."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._settings = parts, parts.settings
        self._commits = Commits(parts.database, OWNER)

    def take(self, scope: Scope) -> Taken | None:
        """Return the request as it is answered here, before its body; None where it is Flask's."""
        kind, found = _kind_of(scope)
        if kind is None or found is None or scope.query_string or scope.http_version != "1.1":
            return None
        headers = dict(scope.headers.items())
        # There are fewer where one stands twice, or is not ASCII, which Granian does not show.
        if len(headers) < len(scope.headers) or not self._is_plain(headers):  # type: ignore[arg-type]  # it has a length
            return None
        read = None if kind.schema is None else self._reader(kind.schema, headers)
        is_whole = read is not None if kind.method == "POST" else "content-length" not in headers
        return Taken(kind, found[1], headers, id_for(headers.get("x-request-id", "")), read) if is_whole else None

    async def answer(self, taken: Taken, content: bytes) -> Answer | Left:
        """Return the answer to a request whose body has come in, unless that is Flask's to give."""
        began = perf_counter()
        try:
            given = await taken.kind.answer(self, taken, content)
        except Exception as error:  # whatever it is: Flask raises it again, and answers as if it had come from a view
            return Left(error)
        return Left() if given is None else self._marked(taken, began, given)

    async def predict(self, taken: Taken, content: bytes) -> Given | None:
        """Predict for rows or records; who would rather have an array is left to Flask."""
        if taken.read is None or NPY in taken.headers.get("accept", ""):
            return None
        asked = loaded(PREDICT, taken.read(content))
        return Given(200, [], predicted(self._parts.predictors, taken.of, asked))

    async def poll(self, taken: Taken, _: bytes) -> Given | None:
        """Show a job, where the client has not seen it as it is."""
        shown, about = self._parts.shown_jobs.show(OWNER, taken.of), {"job_id": taken.of}
        tag = f'W/"{shown.tag}"'
        known = taken.headers.get("if-none-match")
        if known is None:
            return Given(200, [("etag", tag)], shown.content, about)
        return Given(304, [("etag", tag)], b"", about) if known == tag else None

    async def submit(self, taken: Taken, content: bytes) -> Given | None:
        """Submit a job; one whose end is waited for is left to Flask."""
        if "prefer" in taken.headers:
            return None
        body = loaded(JOB, strict_json.loads(content))
        key = checked_key(taken.headers.get("idempotency-key"))
        submission = submission_of(body, key, self._parts, request_id=taken.request_id)
        job, is_new = await self._commits.submit(submission)
        shown, status, headers = accepted(self._parts, job, is_new=is_new)
        return Given(status, [*headers.items()], as_json(shown), {"job_id": job.id})

    def _marked(self, taken: Taken, began: float, given: Given) -> Answer:
        """Return the answer with what the guard marks every answer with; count it and log it, as the watch does."""
        kind, (status, headers, content, about) = taken.kind, given
        kinds = [("content-type", JSON)] if content else []
        marks = [("x-request-id", taken.request_id), ("x-content-type-options", "nosniff")]
        answered = Answered(kind.method, kind.template, status, began)
        tell(self._parts.monitor, answered, request_id=taken.request_id, **about)
        return status, [*headers, *kinds, *marks], content

    def _is_plain(self, headers: Mapping[str, str]) -> bool:
        key = self._settings.api_key
        return (
            UNUSUAL.isdisjoint(headers)
            and HOST.fullmatch(headers.get("host", ",")) is not None
            and (key is None or has_key(headers.get("authorization", ""), key))
        )

    def _reader(self, schema: Schema, headers: Mapping[str, str]) -> Callable[[bytes], object] | None:
        """Return what reads the body; None where it is too long, or nothing that the schema takes."""
        length = headers.get("content-length", "")
        if not length.isdecimal() or not 0 < int(length) <= self._settings.max_body_bytes:
            return None
        return reader_of(schema, headers.get("content-type", "").partition(";")[0].strip().lower())


KINDS: Sequence[Kind] = (
    Kind("POST", re.compile(r"/v1/models/([^/\0]+)/predict"), "/v1/models/{ref}/predict", PREDICT, Front.predict),
    Kind("GET", re.compile(r"/v1/jobs/([^/\0]+)"), "/v1/jobs/{job_id}", None, Front.poll),
    Kind("POST", re.compile(r"/v1/jobs()"), "/v1/jobs", JOB, Front.submit),
)


def _kind_of(scope: Scope) -> tuple[Kind | None, re.Match[str] | None]:
    method, path = scope.method, scope.path
    for kind in KINDS:
        found = kind.path.fullmatch(path) if kind.method == method else None
        if found is not None:
            return kind, found
    return None, None
