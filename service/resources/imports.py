"""Models that come in a file: what an export gave, or what scikit-learn has learnt."""

from typing import Any

from flask import request, url_for
from marshmallow import post_load
from werkzeug.exceptions import UnsupportedMediaType

from backprop.errors import InvalidError, Problem
from backprop.exchange.bundle import Bundle
from backprop.exchange.formats import READABLE, reader_of
from backprop.exchange.stored import keep
from backprop.schemas.documents import Document
from backprop.schemas.fields import Text
from backprop.schemas.job import NAME, NAME_REMEDY
from service.answers import ModelViewSchema, shown
from service.parsing import Resource, body_of
from service.parts import OWNER, parts
from service.resources.models import BINARY, OF_A_MODEL

blueprint = Resource("imports", __name__, url_prefix="/v1/models")

LOCATION = {"Location": {"schema": {"type": "string"}, "description": "the model's address"}}
BODY = {
    "required": True,
    "content": {kind: {"schema": {"type": "object"} if kind == "application/json" else BINARY} for kind in READABLE},
}


class ImportQuerySchema(Document):
    """What to call the model, where its file does not say it, or says something else."""

    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> str | None:
        return data.get("name")


@blueprint.route("", methods=["POST"])
@blueprint.arguments(ImportQuerySchema(), location="query")
@blueprint.response(201, ModelViewSchema, headers=LOCATION)
@blueprint.alt_response(200, schema=ModelViewSchema, description="the same model is there already", success=True)
@blueprint.doc(requestBody=BODY)
@blueprint.links(201, {"ref": "$response.body#/id"}, *OF_A_MODEL)
@blueprint.problems(400, 413, 415)
def create(name: str | None) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Import a model: an exported one, as JSON, npz or safetensors, or scikit-learn's MLP as JSON."""
    bundle = _received()
    model, is_new = keep(parts().database, OWNER, name or _name(bundle), bundle)
    return shown(model), 201 if is_new else 200, {"Location": url_for("models.show", ref=model.id)}


def _received() -> Bundle:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")
    content = body_of(request)
    read = reader_of(request.mimetype, content)
    if read is None:
        raise UnsupportedMediaType(f"send one of {', '.join(READABLE)}")
    return read(content, parts().settings.max_body_bytes)


def _name(bundle: Bundle) -> str:
    if bundle.name is None:
        raise InvalidError([Problem("?name", "required", "the file names no model; say what to call it")])
    return bundle.name
