"""Reproductions over HTTP: a model trained once more, and held against itself."""

from flask import g, url_for

from backprop.store.jobs import submissions
from backprop.store.jobs.reading import JobView
from service.answers import JobViewSchema
from service.door.following import PREFER_PARAMETER, wait_for
from service.parsing import KEY_PARAMETER, Resource, idempotency_key
from service.parts import OWNER, parts
from service.resources.jobs import APPLIED, ITS_ID, LOCATION, OF_A_JOB, POLL_SECONDS
from service.submitting.reproduction import reproduction_of

blueprint = Resource("reproductions", __name__, url_prefix="/v1/models", description="Models trained once more")


@blueprint.route("/<ref>/reproduce", methods=["POST"])
@blueprint.response(202, JobViewSchema, headers=LOCATION | APPLIED)
@blueprint.alt_response(
    200,
    schema=JobViewSchema,
    description="the first job of this Idempotency-Key, or the job that Prefer: wait saw end",
    headers=LOCATION | APPLIED,
    success=True,
)
@blueprint.doc(parameters=[KEY_PARAMETER, PREFER_PARAMETER])
@blueprint.links(202, ITS_ID, *OF_A_JOB)
@blueprint.problems(404, 409)
def reproduce(ref: str) -> tuple[JobView, int, dict[str, str]]:
    """Train a model once more and see whether the same weights come out."""
    job, is_new = submissions.submit(parts().database, OWNER, reproduction_of(ref, idempotency_key(), parts()))
    g.job_id = job.id
    location = url_for("jobs.show", job_id=job.id)
    wait_for(job.id, location)
    if is_new:
        parts().ring()
    headers = {"Location": location, "Retry-After": POLL_SECONDS}
    return job, 202 if is_new else 200, headers
