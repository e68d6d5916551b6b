"""Predictions for whole datasets over HTTP: asked for, followed, and downloaded as files."""

from collections.abc import Callable
from typing import Any

from flask import Response, g, request, url_for
from marshmallow import post_load

from backprop.errors import ConflictError
from backprop.files.writing import FORMS, MEDIA_TYPES, Form
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Items, Text
from backprop.schemas.job import NAME, NAME_REMEDY
from backprop.store.database import Database
from backprop.store.jobs import events as stored_events
from backprop.store.jobs import reading, requests, submissions
from backprop.store.jobs.reading import JobFilter, JobView
from backprop.store.states import STATES, Kind
from service.answers import EventPageSchema, event_listing, listing
from service.door.following import EVENT_STREAM, LAST_EVENT_PARAMETER, PREFER_PARAMETER, follow, wait_for
from service.exports import hand_over
from service.parsing import KEY_PARAMETER, Resource, idempotency_key
from service.parts import OWNER, parts
from service.queries import QueryInteger
from service.resources.course import STREAM, VARY, EventsQuerySchema, prefers
from service.resources.jobs import APPLIED, LIMITS, LOCATION, POLL_SECONDS
from service.scoring_forms import Asked, PredictionJobPageSchema, PredictionJobSchema, ScoringSchema, as_prediction
from service.submitting.scoring import prediction_of

blueprint = Resource(
    "scoring", __name__, url_prefix="/v1/predictions", description="Predictions for whole datasets, as jobs"
)

KIND: Kind = "prediction"
ITS_ID = {"prediction_id": "$response.body#/id"}
FIRST_ID = {"prediction_id": "$response.body#/data/0/id"}
OF_A_PREDICTION = tuple(
    f"scoring.{view}" for view in ("show", "result", "events", "cancel", "pause", "resume", "delete")
)
BINARY = {"type": "string", "format": "binary"}

Answered = tuple[dict[str, Any], int]


class PredictionQuerySchema(Document):
    """Which predictions to list."""

    state = Items(Choice(STATES), most=len(STATES), attribute="states")
    model = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY, attribute="name")
    limit = QueryInteger(bounds=LIMITS, metadata={"default": 50})
    after = Text(longest=100, metadata={"description": "the `next` of the page before"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> JobFilter:
        return JobFilter(**data, kind=KIND)


class ResultQuerySchema(Document):
    """In which form to give a result."""

    format = Choice(FORMS, metadata={"description": "by default as Accept says, else csv"})


@blueprint.route("", methods=["POST"])
@blueprint.arguments(ScoringSchema())
@blueprint.response(202, PredictionJobSchema, headers=LOCATION | APPLIED)
@blueprint.alt_response(
    200,
    schema=PredictionJobSchema,
    description="the first one of this Idempotency-Key, or the one that Prefer: wait saw end",
    headers=LOCATION | APPLIED,
    success=True,
)
@blueprint.doc(parameters=[KEY_PARAMETER, PREFER_PARAMETER])
@blueprint.links(202, ITS_ID, *OF_A_PREDICTION)
@blueprint.problems(400, 409, 413, 415)
def submit(asked: Asked) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Predict for all rows of a dataset."""
    submission = prediction_of(asked, idempotency_key(), parts())
    job, is_new = submissions.submit(parts().database, OWNER, submission)
    g.job_id = job.id
    location = url_for("scoring.show", prediction_id=job.id)
    wait_for(job.id, location)
    if is_new:
        parts().ring()
    return as_prediction(job), 202 if is_new else 200, {"Location": location, "Retry-After": POLL_SECONDS}


@blueprint.route("")
@blueprint.arguments(PredictionQuerySchema(), location="query")
@blueprint.response(200, PredictionJobPageSchema)
@blueprint.links(200, FIRST_ID, *OF_A_PREDICTION)
def index(wanted: JobFilter) -> dict[str, Any]:
    """List predictions, the newest first."""
    return listing(reading.page(parts().database, OWNER, wanted), as_prediction)


@blueprint.route("/<prediction_id>")
@blueprint.response(200, PredictionJobSchema)
@blueprint.links(200, ITS_ID, *OF_A_PREDICTION)
@blueprint.problems(404)
def show(prediction_id: str) -> dict[str, Any]:
    """Show a prediction."""
    return as_prediction(_found(prediction_id))


@blueprint.route("/<prediction_id>/result")
@blueprint.arguments(ResultQuerySchema(), location="query")
@blueprint.response(200, BINARY, content_type=MEDIA_TYPES["csv"], description="a row for each row of the data")
@blueprint.alt_response(200, schema=BINARY, content_type=MEDIA_TYPES["parquet"], success=True)
@blueprint.alt_response(200, schema=BINARY, content_type=MEDIA_TYPES["ndjson"], success=True)
@blueprint.problems(404, 409)
def result(query: dict[str, Form], prediction_id: str) -> Response:
    """Download what was predicted, as CSV, Parquet or JSON lines."""
    job = _found(prediction_id)
    if job.state != "succeeded":
        raise ConflictError("no_result", f"{job.id} has no result: it is {job.state}")
    form = query.get("format") or _preferred()
    response = Response(mimetype=MEDIA_TYPES[form], headers=VARY)
    response.headers["Content-Disposition"] = f'attachment; filename="{job.id}.{form}"'
    response.automatically_set_content_length = False  # it may have yet to be written
    response.set_etag(f"{job.id}.{form}")
    response.make_conditional(request)
    if response.status_code == 200 and request.method == "GET":
        hand_over(response, parts().exports, job.id, form)
    return response


@blueprint.route("/<prediction_id>/events")
@blueprint.arguments(EventsQuerySchema(), location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.alt_response(200, schema={"type": "string", "description": STREAM}, content_type=EVENT_STREAM, success=True)
@blueprint.doc(parameters=[LAST_EVENT_PARAMETER])
@blueprint.problems(404)
def events(query: dict[str, int], prediction_id: str) -> Response | tuple[dict[str, Any], int, dict[str, str]]:
    """Show what happened to a prediction; as text/event-stream, follow it."""
    _found(prediction_id)
    if prefers(EVENT_STREAM):
        return follow(OWNER, prediction_id, query["after"], KIND)
    found = stored_events.after(parts().database, prediction_id, query["after"], query["limit"] + 1)
    return event_listing(found, query["limit"]), 200, VARY


@blueprint.route("/<prediction_id>/pause", methods=["POST"])
@blueprint.response(202, PredictionJobSchema)
@blueprint.alt_response(200, schema=PredictionJobSchema, description="it was so already", success=True)
@blueprint.problems(404, 409)
def pause(prediction_id: str) -> Answered:
    """Pause a prediction; the rows that are done stay done."""
    return _asked(requests.pause, prediction_id)


@blueprint.route("/<prediction_id>/resume", methods=["POST"])
@blueprint.response(202, PredictionJobSchema)
@blueprint.alt_response(200, schema=PredictionJobSchema, description="it was so already", success=True)
@blueprint.problems(404, 409)
def resume(prediction_id: str) -> Answered:
    """Resume a paused prediction from the row that it has come to."""
    shown, status = _asked(requests.resume, prediction_id)
    if status == 202:
        parts().ring()
    return shown, status


@blueprint.route("/<prediction_id>/cancel", methods=["POST"])
@blueprint.response(202, PredictionJobSchema)
@blueprint.alt_response(200, schema=PredictionJobSchema, description="it was so already", success=True)
@blueprint.problems(404, 409)
def cancel(prediction_id: str) -> Answered:
    """Cancel a prediction; what it has made so far is removed."""
    return _asked(requests.cancel, prediction_id)


@blueprint.route("/<prediction_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.problems(404, 409)
def delete(prediction_id: str) -> None:
    """Delete an ended prediction, and its result with it."""
    requests.delete(parts().database, OWNER, prediction_id, KIND)
    parts().exports.forget(prediction_id)


def _found(prediction_id: str) -> JobView:
    return reading.show(parts().database, OWNER, prediction_id, KIND)


def _asked(ask: Callable[[Database, str, str, Any], tuple[JobView, bool]], prediction_id: str) -> Answered:
    job, changed = ask(parts().database, OWNER, prediction_id, KIND)
    return as_prediction(job), 202 if changed else 200


def _preferred() -> Form:
    best = request.accept_mimetypes.best_match(MEDIA_TYPES.values(), MEDIA_TYPES["csv"])
    return next(form for form, media_type in MEDIA_TYPES.items() if media_type == best)
