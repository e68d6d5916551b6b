"""Jobs as they are shown, in the bytes that were sent last: a poll of one that has not changed costs a glance at it."""

from collections import OrderedDict
from typing import NamedTuple

from werkzeug.http import generate_etag

from backprop.store.database import Database
from backprop.store.jobs import reading
from backprop.store.jobs.reading import Stamp
from service.answers import as_json

MOST_JOBS = 1000
MOST_BYTES = 2**16  # of one that is kept: nearly all are of 2 to 5 thousand


class Shown(NamedTuple):
    """A job in JSON, the ETag of that, and the job's stamp at that time."""

    content: bytes
    tag: str
    stamp: Stamp


class ShownJobs:
    """What this process has shown of jobs. Each time the database is asked whether a job is still so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shown: OrderedDict[tuple[str, str], Shown] = OrderedDict()

    def show(self, owner: str, job_id: str) -> Shown:
        """Return the job as it is. Raises NotFoundError."""
        known = self._shown.get((owner, job_id))
        if known is not None and known.stamp == reading.stamp(self._database, owner, job_id):
            return known
        view, stamp = reading.stamped(self._database, owner, job_id)
        content = as_json(view)
        shown = Shown(content, generate_etag(content), stamp)
        if len(content) <= MOST_BYTES:
            self._keep((owner, job_id), shown)
        return shown

    def _keep(self, key: tuple[str, str], shown: Shown) -> None:
        self._shown[key] = shown
        self._shown.move_to_end(key)
        if len(self._shown) > MOST_JOBS:
            self._shown.popitem(last=False)
