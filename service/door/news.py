"""News: what has happened to a job since a place in its stream, as the messages of server-sent events that tell it.

`state` is an event as lists show it, `progress` the job's state and progress, `metrics` the columns of new epochs. Each
message's id names the place after it: the last event and the last epoch that were told.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop.errors import NotFoundError
from backprop.store.database import Database
from backprop.store.jobs import events, metrics, reading
from backprop.store.jobs.events import EventView
from backprop.store.jobs.reading import Progress
from backprop.store.states import TERMINAL, Kind
from service.answers import EventSchema, ProgressSchema, metrics_columns
from service.door.following import Following, Place
from service.scoring_forms import rows_done

MOST_POINTS = 1000  # of metrics in one message
PROGRESS: Mapping[Kind, Callable[[Progress], Any]] = {"training": ProgressSchema().dump, "prediction": rows_done}


@dataclass(frozen=True)
class News:
    """The messages since a place, the place after them, and whether the job has ended."""

    messages: bytes
    place: Place
    is_last: bool


def read(database: Database, following: Following, place: Place) -> News | None:
    """Return the news of a job since `place`; None: the job is gone. Raises DatabaseDownError."""
    try:
        job = reading.show(database, following.owner, following.job_id, following.kind)
        happened = events.after(database, following.job_id, place.event)
        columns = metrics.read(database, following.job_id, place.epoch, MOST_POINTS)
        if job.state not in TERMINAL and any(event.kind in TERMINAL for event in happened):
            job = reading.show(database, following.owner, following.job_id, following.kind)  # it has ended in between
    except NotFoundError:
        return None
    endings = [event for event in happened if event.kind in TERMINAL]
    before = [event for event in happened if event.kind not in TERMINAL]
    messages, place = _of_events(before, place)
    if len(columns["epoch"]):
        place = Place(place.event, int(columns["epoch"][-1]))
        messages += _message(place, "metrics", metrics_columns(columns))
    messages += _message(place, "progress", {"state": job.state, **PROGRESS[following.kind](job.progress)})
    last, place = _of_events(endings, place)
    return News(messages + last, place, is_last=job.state in TERMINAL)


def _of_events(happened: Sequence[EventView], place: Place) -> tuple[bytes, Place]:
    messages = b""
    for event in happened:
        place = Place(event.seq, place.epoch)
        messages += _message(place, "state", EventSchema().dump(event))
    return messages, place


def _message(place: Place, kind: str, document: Mapping[str, Any]) -> bytes:
    return f"id: {place}\nevent: {kind}\ndata: {json.dumps(document)}\n\n".encode()
