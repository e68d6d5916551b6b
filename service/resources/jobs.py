"""Jobs over HTTP: submitted, listed, watched, and asked to cancel, pause and resume."""

from collections.abc import Callable
from typing import Any

from flask import Response, g, jsonify, request, url_for
from marshmallow import Schema, fields, post_load

from backprop.schemas import JobBody, JobSchema
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Items, Text
from backprop.schemas.job import NAME, NAME_REMEDY
from backprop.store.database import Database
from backprop.store.jobs import events as stored_events
from backprop.store.jobs import metrics as stored_metrics
from backprop.store.jobs import reading, requests, submissions
from backprop.store.jobs.events import EventView
from backprop.store.jobs.reading import JobFilter, JobView
from backprop.store.states import STATES
from service.answers import EventListSchema, JobPageSchema, JobViewSchema, listing, metrics_columns, metrics_csv
from service.following import EVENT_STREAM, PREFER_PARAMETER, follow, wait_for
from service.parsing import KEY_PARAMETER, QueryInteger, Resource, idempotency_key
from service.parts import OWNER, parts
from service.resources.models import OF_A_MODEL
from service.submission import submission_of

blueprint = Resource("jobs", __name__, url_prefix="/v1/jobs", description="Training jobs and their course")

POLL_SECONDS = "1"
CSV = "text/csv"
POINTS, LEAST_POINTS, MOST_POINTS = 1000, 2, 10_000
LIMITS = {"at_least": 1, "at_most": 1000}
STREAM = (
    "As JSON: all events so far. With `Accept: text/event-stream`: messages `state` (an event), `progress` and "
    "`metrics` (columns of the epochs since the last), each with an `id` to send as Last-Event-ID when coming back, "
    "until the job has ended."
)
ENDED_OR_FIRST = "the first job of this Idempotency-Key, or the job whose end was waited for"
ITS_ID = {"job_id": "$response.body#/id"}
FIRST_ID = {"job_id": "$response.body#/data/0/id"}
ITS_MODEL = {"ref": "$response.body#/model/id"}
OF_A_JOB = tuple(f"jobs.{view}" for view in ("show", "cancel", "pause", "resume", "metrics", "events", "delete"))
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "the job's address"}}

Asked = tuple[JobView, bool]


class JobQuerySchema(Document):
    """Which jobs to list."""

    state = Items(Choice(STATES), most=len(STATES), attribute="states")
    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY)
    limit = QueryInteger(bounds=LIMITS, metadata={"default": 50})
    after = Text(longest=100, metadata={"description": "the `next` of the page before"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> JobFilter:
        return JobFilter(**data)


class MetricsQuerySchema(Document):
    """Which epochs to show."""

    since = QueryInteger(bounds={"at_least": 0}, load_default=0, metadata={"description": "epochs after this one"})
    max_points = QueryInteger(bounds={"at_least": LEAST_POINTS, "at_most": MOST_POINTS}, load_default=POINTS)


class MetricsSchema(Schema):
    """Columns of equal length, one entry an epoch."""

    epoch = fields.List(fields.Integer(), required=True)
    loss = fields.List(fields.Float(allow_none=True))
    accuracy = fields.List(fields.Float(allow_none=True))
    validation_loss = fields.List(fields.Float(allow_none=True))
    validation_accuracy = fields.List(fields.Float(allow_none=True))
    learning_rate = fields.List(fields.Float(allow_none=True))
    seconds = fields.List(fields.Float(allow_none=True), metadata={"description": "trained up to the epoch's end"})


@blueprint.route("", methods=["POST"])
@blueprint.arguments(JobSchema())
@blueprint.response(202, JobViewSchema, headers=LOCATION)
@blueprint.alt_response(
    200,
    schema=JobViewSchema,
    description="the first job of this Idempotency-Key, or the job that Prefer: wait saw end",
    success=True,
)
@blueprint.doc(parameters=[KEY_PARAMETER, PREFER_PARAMETER])
@blueprint.links(202, ITS_ID, *OF_A_JOB)
@blueprint.problems(400, 409, 413, 415)
def submit(body: JobBody) -> tuple[JobView, int, dict[str, str]]:
    """Submit a training job."""
    submission = submission_of(body, idempotency_key(), parts())
    job, is_new = submissions.submit(parts().database, OWNER, submission)
    g.job_id = job.id
    wait_for(job.id)
    if is_new:
        parts().ring()
    headers = {"Location": url_for("jobs.show", job_id=job.id), "Retry-After": POLL_SECONDS}
    return job, 202 if is_new else 200, headers


@blueprint.route("")
@blueprint.arguments(JobQuerySchema(), location="query")
@blueprint.response(200, JobPageSchema)
@blueprint.links(200, FIRST_ID, *OF_A_JOB)
def index(wanted: JobFilter) -> dict[str, Any]:
    """List jobs, the newest first."""
    return listing(reading.page(parts().database, OWNER, wanted))


@blueprint.route("/<job_id>")
@blueprint.response(200, JobViewSchema)
@blueprint.links(200, ITS_MODEL, *OF_A_MODEL)
@blueprint.problems(404)
def show(job_id: str) -> JobView:
    """Show a job."""
    return reading.show(parts().database, OWNER, job_id)


@blueprint.route("/<job_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.problems(404, 409)
def delete(job_id: str) -> None:
    """Delete an ended job; its model stays."""
    requests.delete(parts().database, OWNER, job_id)


@blueprint.route("/<job_id>/cancel", methods=["POST"])
@blueprint.response(202, JobViewSchema)
@blueprint.alt_response(200, schema=JobViewSchema, description="it was so already", success=True)
@blueprint.problems(404, 409)
def cancel(job_id: str) -> tuple[JobView, int]:
    """Cancel a job; a running one stops at its next batch, and makes no model."""
    return _asked(requests.cancel, job_id)


@blueprint.route("/<job_id>/pause", methods=["POST"])
@blueprint.response(202, JobViewSchema)
@blueprint.alt_response(200, schema=JobViewSchema, description="it was so already", success=True)
@blueprint.problems(404, 409)
def pause(job_id: str) -> tuple[JobView, int]:
    """Pause a job; a running one saves its state first."""
    return _asked(requests.pause, job_id)


@blueprint.route("/<job_id>/resume", methods=["POST"])
@blueprint.response(202, JobViewSchema)
@blueprint.alt_response(200, schema=JobViewSchema, description="it was so already", success=True)
@blueprint.problems(404, 409)
def resume(job_id: str) -> tuple[JobView, int]:
    """Resume a paused job: it goes on to the same bits as if it had never been paused."""
    job, status = _asked(requests.resume, job_id)
    if status == 202:
        parts().ring()
    return job, status


@blueprint.route("/<job_id>/metrics")
@blueprint.arguments(MetricsQuerySchema(), location="query")
@blueprint.response(200, MetricsSchema)
@blueprint.problems(404)
def metrics(query: dict[str, int], job_id: str) -> Response:
    """Show the loss and what else there is of each epoch, as columns; as text/csv, a row an epoch."""
    reading.show(parts().database, OWNER, job_id)
    columns = stored_metrics.read(parts().database, job_id, **query)
    if request.accept_mimetypes.best_match(["application/json", CSV]) == CSV:
        return Response(metrics_csv(columns), mimetype=CSV)
    return jsonify(metrics_columns(columns))


@blueprint.route("/<job_id>/events")
@blueprint.response(200, EventListSchema, description=STREAM)
@blueprint.problems(404)
def events(job_id: str) -> Response | dict[str, list[EventView]]:
    """Show what happened to a job; as text/event-stream, follow it: changes of state, progress and metrics."""
    reading.show(parts().database, OWNER, job_id)
    if request.accept_mimetypes.best_match(["application/json", EVENT_STREAM]) == EVENT_STREAM:
        return follow(OWNER, job_id)
    return {"data": stored_events.after(parts().database, job_id)}


def _asked(ask: Callable[[Database, str, str], Asked], job_id: str) -> tuple[JobView, int]:
    job, changed = ask(parts().database, OWNER, job_id)
    return job, 202 if changed else 200
