"""Jobs over HTTP: submitted, listed, watched, and asked to cancel, pause and resume."""

from collections.abc import Callable
from typing import Any

from flask import Response, g
from marshmallow import post_load

from backprop.schemas import JobBody, JobSchema
from backprop.schemas.fields import Choice, Items, Text
from backprop.schemas.job import NAME, NAME_REMEDY
from backprop.store.database import Database
from backprop.store.jobs import reading, requests, submissions
from backprop.store.jobs.reading import JobFilter, JobView
from backprop.store.jobs.submissions import Submission
from backprop.store.states import STATES
from service.answers import JobPageSchema, JobViewSchema, json_response, listing, summary
from service.door.following import PREFER_PARAMETER, wait_for
from service.parsing import KEY_PARAMETER, Decorator, Resource, View, idempotency_key
from service.parts import OWNER, Parts, parts
from service.queries import LabelQuerySchema, QueryInstant, QueryInteger, QueryLabels
from service.resources.models import OF_A_MODEL
from service.submitting.submission import submission_of

blueprint = Resource("jobs", __name__, url_prefix="/v1/jobs", description="Training jobs and their course")

POLL_SECONDS = "1"
LIMITS = {"at_least": 1, "at_most": 1000}
ITS_ID = {"job_id": "$response.body#/id"}
FIRST_ID = {"job_id": "$response.body#/data/0/id"}
ITS_MODEL = {"ref": "$response.body#/model/id"}
OF_A_JOB = (
    *(f"jobs.{view}" for view in ("show", "cancel", "pause", "resume", "delete")),
    "course.metrics",
    "course.events",
    "plots.svg",
    "plots.png",
)
LOCATION = {"Location": {"schema": {"type": "string"}, "description": "the job's address"}}

APPLIED = {
    "Preference-Applied": {"schema": {"type": "string"}, "description": "such as wait=10, where it was waited for"}
}

Accepted = tuple[JobView, int, dict[str, str]]  # a job, and its answer's status and headers
Asked = tuple[JobView, bool]


class JobQuerySchema(LabelQuerySchema):
    """Which jobs to list."""

    LABELS = "metadata"

    state = Items(Choice(STATES), most=len(STATES), attribute="states")
    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY)
    metadata = QueryLabels("metadata", attribute="labels")
    created_after = QueryInstant("jobs made at this time or later")
    created_before = QueryInstant("jobs made before this time")
    limit = QueryInteger(bounds=LIMITS, metadata={"default": 50})
    after = Text(longest=100, metadata={"description": "the `next` of the page before"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> JobFilter:
        return JobFilter(**data)


def submitting(resource: Resource) -> Decorator:
    """Describe what a request that makes a job takes beside its body, and how it is answered."""
    description = "the first job of this Idempotency-Key, or the job that Prefer: wait saw end"
    headers = LOCATION | APPLIED

    def describe(view: View) -> View:
        view = resource.links(202, ITS_ID, *OF_A_JOB)(view)
        view = resource.doc(parameters=[KEY_PARAMETER, PREFER_PARAMETER])(view)
        view = resource.alt_response(200, schema=JobViewSchema, description=description, headers=headers, success=True)(
            view
        )
        return resource.response(202, JobViewSchema, headers=headers)(view)

    return describe


@blueprint.route("", methods=["POST"])
@blueprint.arguments(JobSchema())
@submitting(blueprint)
@blueprint.problems(400, 409, 413, 415)
def submit(body: JobBody) -> Accepted:
    """Submit a training job."""
    return submitted(submission_of(body, idempotency_key(), parts()))


def submitted(submission: Submission) -> Accepted:
    """Store a job, ring for it, and return how it is answered, once it has ended where the request prefers to wait."""
    job, is_new = submissions.submit(parts().database, OWNER, submission)
    g.job_id = job.id
    view, status, headers = accepted(parts(), job, is_new=is_new)
    wait_for(job.id, headers["Location"])
    return view, status, headers


def accepted(parts: Parts, job: JobView, *, is_new: bool) -> Accepted:
    """Ring for a job that has been stored just now; return how it is answered."""
    if is_new:
        parts.ring()
    headers = {"Location": f"{blueprint.url_prefix}/{job.id}", "Retry-After": POLL_SECONDS}
    return job, 202 if is_new else 200, headers


@blueprint.route("")
@blueprint.arguments(JobQuerySchema(), location="query")
@blueprint.response(200, JobPageSchema)
@blueprint.links(200, FIRST_ID, *OF_A_JOB)
def index(wanted: JobFilter) -> dict[str, Any]:
    """List jobs, the newest first."""
    return listing(reading.page(parts().database, OWNER, wanted), summary)


@blueprint.route("/<job_id>")
@blueprint.response(200, JobViewSchema)
@blueprint.links(200, ITS_MODEL, *OF_A_MODEL)
@blueprint.problems(404)
def show(job_id: str) -> Response:
    """Show a job."""
    shown = parts().shown_jobs.show(OWNER, job_id)
    response = json_response(shown.content)
    response.set_etag(shown.tag, weak=True)
    return response


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
    """Resume a paused job: it goes on to the same bits as if it had never been paused, but for lbfgs."""
    job, status = _asked(requests.resume, job_id)
    if status == 202:
        parts().ring()
    return job, status


def _asked(ask: Callable[[Database, str, str], Asked], job_id: str) -> tuple[JobView, int]:
    job, changed = ask(parts().database, OWNER, job_id)
    return job, 202 if changed else 200
