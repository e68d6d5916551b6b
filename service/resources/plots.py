"""Plots over HTTP: pictures of a job's course and of what it made of its rows, as SVG and PNG."""

from hashlib import sha256

from flask import Response, request

from backprop.plots.subjects import FORMATS
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice
from backprop.store.jobs import reading
from backprop.store.jobs.reading import JobView
from service.parsing import Resource
from service.parts import OWNER, parts
from service.plotting.kinds import KINDS
from service.plotting.studio import Order, hand_over

blueprint = Resource("plots", __name__, url_prefix="/v1/jobs", description="Pictures of jobs")

# A picture may be looked at alone, in a browser, at our address: whatever names stand in it, nothing in it runs.
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
}
DESCRIPTION = (
    "`curves`: loss and accuracy so far; of a job that has succeeded, `confusion`: the confusion matrix of a "
    "classification, `residuals`: predicted values against true ones of a regression"
)


class PlotQuerySchema(Document):
    """Which plot."""

    kind = Choice(KINDS, load_default="curves", metadata={"description": DESCRIPTION})


@blueprint.route("/<job_id>/plot.svg")
@blueprint.arguments(PlotQuerySchema(), location="query")
@blueprint.response(200, {"type": "string"}, content_type=FORMATS["svg"], description="the picture")
@blueprint.problems(404, 409, 503)
def svg(query: dict[str, str], job_id: str) -> Response:
    """Draw a job's plot as SVG."""
    return _answer(job_id, query["kind"], "svg")


@blueprint.route("/<job_id>/plot.png")
@blueprint.arguments(PlotQuerySchema(), location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=FORMATS["png"], description="the picture")
@blueprint.problems(404, 409, 503)
def png(query: dict[str, str], job_id: str) -> Response:
    """Draw a job's plot as PNG."""
    return _answer(job_id, query["kind"], "png")


def _answer(job_id: str, kind: str, form: str) -> Response:
    job = reading.show(parts().database, OWNER, job_id)
    look = KINDS[kind](parts().database, job)
    key = _key(job, kind, form)
    response = Response(mimetype=FORMATS[form], headers=HEADERS)
    response.automatically_set_content_length = False  # it has yet to be drawn
    response.set_etag(key, weak=True)
    response.make_conditional(request)
    if response.status_code == 200 and request.method == "GET":
        hand_over(response, parts().studio, Order(key, form, look))
    return response


def _key(job: JobView, kind: str, form: str) -> str:
    """Return what changes with the picture, known before that is drawn: a job's figures are the same up to an epoch."""
    told = (job.id, kind, form, job.state, job.progress.epoch, job.crashes)
    return sha256(repr(told).encode()).hexdigest()[:32]
