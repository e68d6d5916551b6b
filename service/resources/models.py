"""Models over HTTP: listed, shown, deleted, and their parameters as JSON or npz."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from flask import Response, current_app, jsonify, request
from numpy.typing import NDArray

from backprop.nn import named_parameters
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice
from backprop.store import models
from backprop.store.pages import NameFilter
from backprop.trained import flat_parameters
from service.answers import ModelPageSchema, ModelViewSchema, listing, shown
from service.parsing import Resource
from service.parts import OWNER, parts
from service.queries import NameQuerySchema

blueprint = Resource("models", __name__, url_prefix="/v1/models", description="Trained models, by id or by name")

OF_A_MODEL = ("models.show", "models.weights", "predictions.predict", "models.delete")

Named = Mapping[str, NDArray[Any]]


def _as_json(named: Named) -> Response:
    return jsonify({name: values.tolist() for name, values in named.items()})


def _as_npz(named: Named) -> Response:
    buffer = io.BytesIO()
    np.savez(buffer, **named)  # type: ignore[arg-type]  # names such as w1 are none of savez's own arguments
    return current_app.response_class(buffer.getvalue(), mimetype="application/x-npz")


FORMATS: Mapping[str, Callable[[Named], Response]] = {"json": _as_json, "npz": _as_npz}


class WeightsQuerySchema(Document):
    """In which form to give the parameters."""

    format = Choice(FORMATS, load_default="json")


@blueprint.route("")
@blueprint.arguments(NameQuerySchema(), location="query")
@blueprint.response(200, ModelPageSchema)
@blueprint.links(200, {"ref": "$response.body#/data/0/id"}, *OF_A_MODEL)
def index(wanted: NameFilter) -> dict[str, Any]:
    """List models, the newest first."""
    page = models.page(parts().database, OWNER, wanted)
    return listing(page, shown)


@blueprint.route("/<ref>")
@blueprint.response(200, ModelViewSchema)
@blueprint.problems(404)
def show(ref: str) -> dict[str, Any]:
    """Show a model: by id (`mdl_…`), name (its newest version), name and version (`iris@3`), or alias (`iris@best`)."""
    return shown(models.show(parts().database, OWNER, ref))


@blueprint.route("/<ref>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.problems(404, 409)
def delete(ref: str) -> None:
    """Delete a model; not while an alias points at it, or a job that has not ended begins from it."""
    models.delete(parts().database, OWNER, ref)


@blueprint.route("/<ref>/weights")
@blueprint.arguments(WeightsQuerySchema(), location="query")
@blueprint.response(200, {"type": "object"}, description="w1 (inputs, units), b1 (units,), w2, … by name")
@blueprint.alt_response(200, schema={"type": "string", "format": "binary"}, content_type="application/x-npz")
@blueprint.problems(404)
def weights(query: dict[str, str], ref: str) -> Response:
    """Give a model's parameters; the ETag is their SHA-256."""
    view = models.show(parts().database, OWNER, ref)
    network, flat = flat_parameters(parts().database, OWNER, view)
    response = FORMATS[query["format"]](named_parameters(network, flat))
    response.set_etag(view.sha256)
    response.make_conditional(request)
    return response
