"""Reproductions over HTTP: a model trained once more, and held against itself."""

from service.parsing import Resource, idempotency_key
from service.parts import parts
from service.resources.jobs import Accepted, submitted, submitting
from service.submitting.reproduction import reproduction_of

blueprint = Resource("reproductions", __name__, url_prefix="/v1/models", description="Models trained once more")


@blueprint.route("/<ref>/reproduce", methods=["POST"])
@submitting(blueprint)
@blueprint.problems(404, 409)
def reproduce(ref: str) -> Accepted:
    """Train a model once more and see whether the same weights come out."""
    return submitted(reproduction_of(ref, idempotency_key(), parts()))
