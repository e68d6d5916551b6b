"""Models over HTTP: listed, shown, deleted, and their parameters as JSON or npz."""

from typing import Any

from flask import Response, request
from marshmallow import post_load

from backprop.exchange.formats import FORMATS
from backprop.exchange.stored import bundle_of
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, TagChanges, Text
from backprop.store import annotations, models
from backprop.store.annotations import Annotation
from backprop.store.models import ModelFilter
from service.answers import ModelPageSchema, ModelViewSchema, listing, shown
from service.parsing import Resource, View
from service.parts import OWNER, parts
from service.queries import ModelQuerySchema, QueryBoolean

blueprint = Resource("models", __name__, url_prefix="/v1/models", description="Trained models, by id or by name")

BINARY = {"type": "string", "format": "binary"}
WHOLE = "with the model's document (spec and encoding) as `model`, as an import takes it; safetensors always has it"
OF_A_MODEL = ("models.show", "models.weights", "predictions.predict", "models.delete")


def _as_files(view: View) -> View:
    """Describe the answers that are no JSON."""
    for form in FORMATS.values():
        if form.media_type != "application/json":
            view = blueprint.alt_response(200, schema=BINARY, content_type=form.media_type)(view)
    return view


class AnnotationSchema(Document):
    """What is to be said of a model (a merge patch, RFC 7396): what is left out stays as it is, null removes."""

    tags = TagChanges()
    note = Text(longest=10_000, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Annotation:
        return Annotation(**data, has_note="note" in data)


class WeightsQuerySchema(Document):
    """In which form to give the parameters."""

    format = Choice(FORMATS, load_default="json")
    whole = QueryBoolean(load_default=False, metadata={"description": WHOLE})


@blueprint.route("")
@blueprint.arguments(ModelQuerySchema(), location="query")
@blueprint.response(200, ModelPageSchema)
@blueprint.links(200, {"ref": "$response.body#/data/0/id"}, *OF_A_MODEL)
def index(wanted: ModelFilter) -> dict[str, Any]:
    """List models, the newest first."""
    page = models.page(parts().database, OWNER, wanted)
    return listing(page, shown)


@blueprint.route("/<ref>")
@blueprint.response(200, ModelViewSchema)
@blueprint.problems(404)
def show(ref: str) -> dict[str, Any]:
    """Show a model: by id (`mdl_…`), name (its newest version), name and version (`iris@3`), or alias (`iris@best`)."""
    return shown(models.show(parts().database, OWNER, ref))


@blueprint.route("/<ref>", methods=["PATCH"])
@blueprint.arguments(AnnotationSchema())
@blueprint.response(200, ModelViewSchema)
@blueprint.problems(400, 404, 413, 415)
def annotate(said: Annotation, ref: str) -> dict[str, Any]:
    """Say something of a model: tags and a note."""
    return shown(annotations.annotate(parts().database, OWNER, ref, said))


@blueprint.route("/<ref>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.problems(404, 409)
def delete(ref: str) -> None:
    """Delete a model; not while an alias points at it, or a job that has not ended begins from it."""
    models.delete(parts().database, OWNER, ref)


@blueprint.route("/<ref>/weights")
@blueprint.arguments(WeightsQuerySchema(), location="query")
@blueprint.response(200, {"type": "object"}, description="w1 (inputs, units), b1 (units,), w2, … by name")
@_as_files
@blueprint.problems(404)
def weights(query: dict[str, Any], ref: str) -> Response:
    """Give a model's parameters, or the whole model, as a file; the ETag is the parameters' SHA-256."""
    view, form = models.show(parts().database, OWNER, ref), FORMATS[query["format"]]
    content = form.write(bundle_of(parts().database, OWNER, view), whole=query["whole"])
    response = Response(content, mimetype=form.media_type)
    response.set_etag(view.sha256)
    response.make_conditional(request)
    return response
