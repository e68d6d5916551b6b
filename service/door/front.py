"""The front: predictions and polls are answered without Flask, whose way there and back costs more than they do.

A request is taken here where nothing in its head is out of the ordinary; it is answered by the function that stands
behind its view, too. Whatever else comes, and all that goes wrong, is left to Flask, which says what it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

from granian.rsgi import Scope

from service.answers import JSON
from service.guard import HOST, has_key, id_for
from service.monitoring.watch import Answered, tell
from service.parsing import JSON as JSON_TYPES
from service.parsing import loaded
from service.parts import OWNER, Parts
from service.resources.predictions import PredictSchema, predicted

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]

# Flask alone knows what these ask for, or how they are refused.
UNUSUAL = frozenset(
    {"transfer-encoding", "content-encoding", "if-match", "if-modified-since", "if-unmodified-since", "range"}
)
PREDICT = PredictSchema()


@dataclass(frozen=True)
class Taken:
    """A request that is answered here: its kind, whose it is (a model's ref, a job's id), its headers."""

    kind: "Kind"
    of: str
    headers: Mapping[str, str]

    @property
    def has_body(self) -> bool:
        """Whether there is a body to read."""
        return self.kind.method == "POST"


@dataclass(frozen=True)
class Left:
    """A request that is left to Flask, which is to raise `failure` where there is one."""

    failure: Exception | None = None


@dataclass(frozen=True)
class Kind:
    """Requests of one method and path, and what answers them; None: Flask has to.

    `subject` is what the log calls that which the path names.
    """

    method: str
    path: re.Pattern[str]
    template: str
    answer: Callable[[Parts, Taken, bytes], Answer | None]
    subject: str | None = None


def _predict(parts: Parts, taken: Taken, content: bytes) -> Answer:
    return 200, [], predicted(parts.predictors, taken.of, loaded(PREDICT, PREDICT.loads_body(content)))


def _poll(parts: Parts, taken: Taken, _: bytes) -> Answer | None:
    shown = parts.shown_jobs.show(OWNER, taken.of)
    tag = f'W/"{shown.tag}"'
    known = taken.headers.get("if-none-match")
    if known is None:
        return 200, [("etag", tag)], shown.content
    return (304, [("etag", tag)], b"") if known == tag else None


KINDS: Mapping[str, Kind] = {
    kind.method: kind
    for kind in (
        Kind("POST", re.compile(r"/v1/models/([^/\0]+)/predict"), "/v1/models/{ref}/predict", _predict),
        Kind("GET", re.compile(r"/v1/jobs/([^/\0]+)"), "/v1/jobs/{job_id}", _poll, "job_id"),
    )
}


class Front:
    """What stands before Flask in a process."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._settings = parts, parts.settings

    def take(self, scope: Scope) -> Taken | None:
        """Return the request as it is answered here, before its body; None where it is Flask's."""
        kind = KINDS.get(scope.method)
        found = None if kind is None else kind.path.fullmatch(scope.path)
        if kind is None or found is None or scope.query_string or scope.http_version != "1.1":
            return None
        headers = dict(scope.headers.items())
        # There are fewer where one stands twice, or is not ASCII, which Granian does not show.
        if len(headers) < len(scope.headers) or not self._is_plain(headers):  # type: ignore[arg-type]  # it has a length
            return None
        is_whole = self._has_json(headers) if kind.method == "POST" else "content-length" not in headers
        return Taken(kind, found[1], headers) if is_whole else None

    def answer(self, taken: Taken, content: bytes) -> Answer | Left:
        """Return the answer to a request whose body has come in, unless that is Flask's to give."""
        began = perf_counter()
        try:
            found = taken.kind.answer(self._parts, taken, content)
        except Exception as error:  # whatever it is: Flask raises it again, and answers as if it had come from a view
            return Left(error)
        return Left() if found is None else self._marked(taken, began, found)

    def _marked(self, taken: Taken, began: float, answer: Answer) -> Answer:
        """Return the answer with what the guard marks every answer with; count it and log it, as the watch does."""
        kind, (status, headers, content) = taken.kind, answer
        about = {"request_id": id_for(taken.headers.get("x-request-id", ""))}
        headers += [("content-type", JSON)] if content else []
        headers += [("x-request-id", about["request_id"]), ("x-content-type-options", "nosniff")]
        if kind.subject is not None:
            about[kind.subject] = taken.of
        tell(self._parts.monitor, Answered(kind.method, kind.template, status, began), **about)
        return status, headers, content

    def _is_plain(self, headers: Mapping[str, str]) -> bool:
        key = self._settings.api_key
        return (
            UNUSUAL.isdisjoint(headers)
            and HOST.fullmatch(headers.get("host", ",")) is not None
            and (key is None or has_key(headers.get("authorization", ""), key))
        )

    def _has_json(self, headers: Mapping[str, str]) -> bool:
        length = headers.get("content-length", "")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        return (
            length.isdecimal()
            and 0 < int(length) <= self._settings.max_body_bytes
            and JSON_TYPES.fullmatch(kind) is not None
        )
