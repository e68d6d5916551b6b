"""Events: what happens to a job, as it happens, over connections that may break and streams that may be full."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx2

from backprop.client.documents import ENDED, Change, Document, Job, Metrics, Progress
from backprop.client.errors import TooManyRequestsError, UnavailableError
from backprop.client.transport import Transport, checked, unreachable

READ_SECONDS = 60.0  # the service sends a comment every 15
RETRY_SECONDS = 2.0  # until the service says otherwise
DATA: Mapping[str, type[Document]] = {"state": Change, "progress": Progress, "metrics": Metrics}


@dataclass(frozen=True)
class Event:
    """One thing that happened; `id` is what `events(…, after=id)` continues after.

    `data` is a Change where the kind is "state", Progress where it is "progress", Metrics of the epochs since the last
    ones where it is "metrics", and a bare Document where a newer service tells of something else.
    """

    id: str
    kind: str
    data: Document


class Feed:
    """The events of the job at `path`, from the start or after the event of id `after`, to the job's end.

    A broken connection is taken up where it broke. While the service has no stream free, it is asked for the job's
    state at the pace that it sets itself; such events have no metrics, which the next stream then brings.
    """

    def __init__(self, transport: Transport, path: str, after: str | None) -> None:
        self._transport = transport
        self._path = path
        self._id = after or ""
        self._seq = 0
        self._state = ""
        self._pause = RETRY_SECONDS

    def __iter__(self) -> Iterator[Event]:
        pauses = self._transport.retries.pauses()
        while True:
            is_heard = False
            try:
                for event in self._connection():
                    is_heard, pauses = True, self._transport.retries.pauses()
                    yield event
            except (httpx2.TransportError, UnavailableError, TooManyRequestsError) as error:
                pause = next(pauses, None)
                if pause is None:
                    raise self._final(error) from error
                time.sleep(pause)
                continue
            if not is_heard:
                yield from self._look()
            if self._state in ENDED:
                return
            time.sleep(self._pause)

    def _connection(self) -> Iterator[Event]:
        """Yield the events of one connection, until the service ends it."""
        http = self._transport.http
        headers = {"Last-Event-ID": self._id} if self._id else {}
        timeout = httpx2.Timeout(http.timeout.connect, read=READ_SECONDS)
        with http.sse(f"{self._path}/events", headers=headers, timeout=timeout) as source:
            if source.response.is_error:
                source.response.read()
                checked(source.response)
            for message in source:
                if message.retry is not None:
                    self._pause = message.retry / 1000
                if message.data:
                    self._id = message.id
                    yield from self._news(message.event, json.loads(message.data))

    def _look(self) -> Iterator[Event]:
        """Yield what is new, from an ordinary request; the job comes first, so that the list has all that led to it."""
        job = Job.of(self._transport.get(self._path))
        for change in self._transport.get(f"{self._path}/events")["data"]:
            yield from self._news("state", change)
        yield from self._news("progress", {"state": job.state, **job.progress.document})

    def _news(self, kind: str, document: dict[str, object]) -> Iterator[Event]:
        """Yield an event unless it is known: a change may come from a list, and later from a stream as well."""
        data = DATA.get(kind, Document).of(document)
        if isinstance(data, Change):
            if data.seq <= self._seq:
                return
            self._seq = data.seq
        if isinstance(data, Progress):
            self._state = data.state or ""
        yield Event(self._id, kind, data)

    def _final(self, error: Exception) -> Exception:
        return unreachable(self._transport.http, error) if isinstance(error, httpx2.TransportError) else error
