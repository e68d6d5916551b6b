"""Jobs: submitted once however often it takes to say so, and followed to their end."""

import builtins
import uuid
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from backprop.client.documents import Job, Json, Metrics
from backprop.client.events import Event, Feed
from backprop.client.pages import pages
from backprop.client.transport import Transport
from backprop.client.waiting import wait

ROOT = "/v1/jobs"
MOST_ROWS = 100_000  # that one answer has


class Jobs:
    """What jobs are asked for."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, job: Json, *, idempotency_key: str | None = None) -> Job:
        """Submit a job, as `POST /v1/jobs` takes it, and return it as it is shown, every default filled in.

        It is submitted once, however many requests that takes, by a key that all of them carry; a key of your own
        makes it so over several calls, too. Raises InvalidError, and ConflictError where the key was another job's.
        """
        key = idempotency_key or str(uuid.uuid4())
        return Job.of(self._transport.post(ROOT, job, **{"Idempotency-Key": key}))

    def get(self, job_id: str) -> Job:
        """Return a job as it is now. Raises NotFoundError."""
        return Job.of(self._transport.get(_path(job_id)))

    def list(self, *, state: Sequence[str] = (), name: str | None = None, limit: int | None = None) -> Iterator[Job]:
        """Yield jobs in one of these states (none: any), the newest first."""
        return pages(self._transport, ROOT, Job.of, limit, state=[*state] or None, name=name)

    def wait(self, job_id: str, timeout: float | None = None) -> Job:
        """Return a job once it has ended, be it well or not. Raises WaitedError after `timeout` seconds."""
        return wait(self.get, job_id, timeout)

    def events(self, job_id: str, *, after: str | None = None) -> Iterator[Event]:
        """Yield what happens to a job as it happens, from the start or after the event of id `after`, to its end.

        The stream is taken up again where a connection breaks. Raises NotFoundError.
        """
        return iter(Feed(self._transport, _path(job_id), after))

    def metrics(self, job_id: str, *, since: int = 0, max_points: int | None = None) -> Metrics:
        """Return the figures of the epochs after number `since`, thinned out to `max_points` of them."""
        return Metrics.of(self._transport.get(f"{_path(job_id)}/metrics", since=since, max_points=max_points))

    def rows(self, job_id: str, part: str = "train", *, fold: int | None = None) -> builtins.list[int]:
        """Return the row numbers of a part, "train", "validation" or "test", of the job or of one of its folds.

        Raises InvalidError where it has no such fold, which are counted from 1.
        """
        rows: builtins.list[int] = []
        while True:
            page = self._transport.get(f"{_path(job_id)}/rows", part=part, fold=fold, offset=len(rows), limit=MOST_ROWS)
            rows += page["rows"]
            if not page["rows"] or len(rows) >= page["total"]:
                return rows

    def plot(self, job_id: str, *, kind: str = "curves", form: str = "svg") -> bytes:
        """Return a picture, "svg" or "png": "curves" so far; "confusion" or "residuals" of a job that has succeeded.

        Raises InvalidError where jobs of its task have no such plot, and ConflictError where this one has not.
        """
        return self._transport.content(f"{_path(job_id)}/plot.{form}", kind=kind)

    def cancel(self, job_id: str) -> Job:
        """Cancel a job. Raises ConflictError where it has ended otherwise."""
        return self._ask(job_id, "cancel")

    def pause(self, job_id: str) -> Job:
        """Pause a job, which saves its state first. Raises ConflictError where it cannot be paused any more."""
        return self._ask(job_id, "pause")

    def resume(self, job_id: str) -> Job:
        """Resume a paused job. Raises ConflictError where it has ended."""
        return self._ask(job_id, "resume")

    def delete(self, job_id: str) -> None:
        """Delete an ended job; its model stays. Raises ConflictError where it has not ended."""
        self._transport.delete(_path(job_id))

    def _ask(self, job_id: str, request: str) -> Job:
        return Job.of(self._transport.post(f"{_path(job_id)}/{request}"))


def _path(job_id: str) -> str:
    return f"{ROOT}/{quote(job_id, safe='')}"
