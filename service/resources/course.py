"""A job's course over HTTP: the figures of its epochs, and what happened to it, as a list or a stream."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema, fields
from numpy.typing import NDArray

from backprop.metrics import MEANINGS
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice
from backprop.store.jobs import events as stored_events
from backprop.store.jobs import metrics as stored_metrics
from backprop.store.jobs import reading
from service.answers import (
    EventPageSchema,
    TrainingHealthSchema,
    event_listing,
    layers_health,
    metrics_columns,
    metrics_csv,
)
from service.door.following import EVENT_STREAM, LAST_EVENT_PARAMETER, follow
from service.parsing import Resource
from service.parts import OWNER, parts
from service.queries import QueryInteger

blueprint = Resource("course", __name__, url_prefix="/v1/jobs", description="How jobs are getting on")

POINTS, LEAST_POINTS, MOST_POINTS = 1000, 2, 10_000
MOST_EVENTS = 1000
JSON, CSV = "application/json", "text/csv"
STREAM = (
    "Messages `state` (an event), `progress` and `metrics` (columns of the epochs since the last), each with an `id` "
    "to send as Last-Event-ID when coming back; a comment every 15 seconds; ended with the job."
)
VARY = {"Vary": "Accept"}

Columns = Mapping[str, NDArray[Any]]


def _as_json(columns: Columns) -> Response:
    return jsonify(metrics_columns(columns))


def _as_csv(columns: Columns) -> Response:
    return Response(metrics_csv(columns), mimetype=CSV)


FORMATS: Mapping[str, Callable[[Columns], Response]] = {"json": _as_json, "csv": _as_csv}


class MetricsQuerySchema(Document):
    """Which epochs to show."""

    since = QueryInteger(bounds={"at_least": 0}, load_default=0, metadata={"description": "epochs after this one"})
    max_points = QueryInteger(
        bounds={"at_least": LEAST_POINTS, "at_most": MOST_POINTS},
        load_default=POINTS,
        metadata={"description": "at most; kept are the first, the last and the extremes of losses and metrics"},
    )
    format = Choice(FORMATS, metadata={"description": "json or csv; by default as Accept says"})


class EpochsSchema(Schema):
    """Columns of equal length, one entry an epoch."""

    epoch = fields.List(fields.Integer(), required=True)
    loss = fields.List(fields.Float(allow_none=True))
    accuracy = fields.List(fields.Float(allow_none=True))
    validation_loss = fields.List(fields.Float(allow_none=True))
    validation_accuracy = fields.List(fields.Float(allow_none=True))
    learning_rate = fields.List(fields.Float(allow_none=True))
    seconds = fields.List(fields.Float(allow_none=True), metadata={"description": "trained up to the epoch's end"})


def _measured() -> dict[str, Any]:
    """Return the columns that a job may ask for by name."""
    words = {**MEANINGS, **{f"validation_{name}": f"{text}, of the validation rows" for name, text in MEANINGS.items()}}
    return {
        name: fields.List(fields.Float(allow_none=True), metadata={"description": meaning})
        for name, meaning in words.items()
        if name not in EpochsSchema._declared_fields
    }


MetricsSchema = EpochsSchema.from_dict(_measured(), name="MetricsSchema")


class EventsQuerySchema(Document):
    """Which events to show."""

    after = QueryInteger(
        bounds={"at_least": 0}, load_default=0, metadata={"description": "events whose `seq` is greater than this"}
    )
    limit = QueryInteger(
        bounds={"at_least": 1, "at_most": MOST_EVENTS}, load_default=MOST_EVENTS, metadata={"description": "of a list"}
    )


@blueprint.route("/<job_id>/metrics")
@blueprint.arguments(MetricsQuerySchema(), location="query")
@blueprint.response(200, MetricsSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=CSV, success=True)
@blueprint.problems(404)
def metrics(query: dict[str, Any], job_id: str) -> Response:
    """Show the loss and what else there is of each epoch, as columns; as text/csv, a row an epoch."""
    reading.show(parts().database, OWNER, job_id)
    wanted = query.pop("format", None) or ("csv" if prefers(CSV) else "json")
    response = FORMATS[wanted](stored_metrics.read(parts().database, job_id, **query))
    response.headers.extend(VARY)
    return response


@blueprint.route("/<job_id>/health")
@blueprint.response(200, TrainingHealthSchema)
@blueprint.problems(404)
def health(job_id: str) -> dict[str, Any]:
    """Show how each layer was learning in some epochs: gradients, updates, dead and saturated units."""
    reading.show(parts().database, OWNER, job_id)
    return layers_health(stored_metrics.health(parts().database, job_id))


@blueprint.route("/<job_id>/events")
@blueprint.arguments(EventsQuerySchema(), location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.alt_response(200, schema={"type": "string", "description": STREAM}, content_type=EVENT_STREAM, success=True)
@blueprint.doc(parameters=[LAST_EVENT_PARAMETER])
@blueprint.problems(404)
def events(query: dict[str, int], job_id: str) -> Response | tuple[dict[str, Any], int, dict[str, str]]:
    """Show what happened to a job; as text/event-stream, follow it: changes of state, progress and metrics."""
    reading.show(parts().database, OWNER, job_id)
    if prefers(EVENT_STREAM):
        return follow(OWNER, job_id, query["after"])
    found = stored_events.after(parts().database, job_id, query["after"], query["limit"] + 1)
    return event_listing(found, query["limit"]), 200, VARY


def prefers(kind: str) -> bool:
    """Return whether this request would have this content type rather than JSON."""
    return request.accept_mimetypes.best_match([JSON, kind]) == kind
