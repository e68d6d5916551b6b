"""The Open Inference Protocol, version 2 (KServe, Triton): servers and models told of, and inference by tensors."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from backprop.schemas.documents import Document
from backprop.schemas.fields import Boolean
from backprop.store.model_versions import versions
from service.dialects import RELEASE
from service.dialects.errors import PlainErrorSchema
from service.dialects.inference import InferSchema, infer, inputs_of, outputs_of, received
from service.dialects.parsing import Dialect, content_of, document
from service.parts import OWNER, parts, the_request
from service.predicting.predictors import LoadedModel

blueprint = Dialect(
    "open_inference", __name__, PlainErrorSchema, url_prefix="/v2", description="The Open Inference Protocol, version 2"
)

MOST_VERSIONS = 10_000
BINARY = "application/octet-stream"
BODY: Any = {
    "required": True,
    "content": {
        "application/json": {"schema": InferSchema},
        BINARY: {"schema": {"type": "string", "format": "binary"}},
    },
}


class LiveSchema(Schema):
    """Whether the server answers."""

    live = fields.Boolean(required=True)


class ReadySchema(Schema):
    """Whether the server, or the model of this name, can infer."""

    name = fields.String()
    ready = fields.Boolean(required=True)


class ServerSchema(Schema):
    """The server."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    extensions = fields.List(fields.String(), required=True)


class TensorMetadataSchema(Schema):
    """A tensor's name, datatype and shape; -1 is any number of rows."""

    name = fields.String(required=True)
    datatype = fields.String(required=True)
    shape = fields.List(fields.Integer(), required=True)


class ModelMetadataSchema(Schema):
    """A model: its versions, the newest first, and the tensors that it takes and gives."""

    name = fields.String(required=True)
    versions = fields.List(fields.String(), required=True)
    platform = fields.String(required=True)
    inputs = fields.List(fields.Nested(TensorMetadataSchema), required=True)
    outputs = fields.List(fields.Nested(TensorMetadataSchema), required=True)


class OutputTensorSchema(TensorMetadataSchema):
    """An output: its elements by rows in `data`, or as bytes behind the JSON, as `parameters` then say."""

    data = fields.Raw(metadata={"type": "array"})
    parameters = fields.Dict()


class InferredSchema(Schema):
    """What a model infers; the request's id again where it had one."""

    model_name = fields.String(required=True)
    model_version = fields.String(required=True)
    id = fields.String()
    outputs = fields.List(fields.Nested(OutputTensorSchema), required=True)


class IndexedSchema(Schema):
    """A version of a model in the repository."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)


class IndexSchema(Document):
    """Which models to list: all of them are ready."""

    ready = Boolean()


INDEX_BODY: Any = {"required": False, "content": {"application/json": {"schema": IndexSchema}}}


@blueprint.route("")
@blueprint.response(200, ServerSchema)
def server() -> dict[str, Any]:
    """Tell the server's name, release and extensions."""
    return {"name": "backprop", "version": RELEASE, "extensions": ["binary_tensor_data", "model_repository"]}


@blueprint.route("/health/live")
@blueprint.response(200, LiveSchema)
@blueprint.doc(security=[])
def live() -> dict[str, bool]:
    """Say that the server answers."""
    return {"live": True}


@blueprint.route("/health/ready")
@blueprint.response(200, ReadySchema)
@blueprint.alt_response(503, schema=ReadySchema, description="the database cannot be used")
@blueprint.doc(security=[])
def ready() -> tuple[dict[str, bool], int]:
    """Say whether the server can infer."""
    is_ready = parts().database.problem() is None
    return {"ready": is_ready}, 200 if is_ready else 503


@blueprint.route("/models/<ref>")
@blueprint.response(200, ModelMetadataSchema)
def model(ref: str) -> dict[str, Any]:
    """Tell what a model takes and gives."""
    return _metadata(_find(ref))


@blueprint.route("/models/<ref>/versions/<version>")
@blueprint.response(200, ModelMetadataSchema)
def model_version(ref: str, version: str) -> dict[str, Any]:
    """Tell what a version of a model takes and gives."""
    return _metadata(_find(f"{ref}@{version}"))


@blueprint.route("/models/<ref>/ready")
@blueprint.response(200, ReadySchema)
def model_ready(ref: str) -> dict[str, Any]:
    """Load a model, and say that it is ready."""
    return {"name": _find(ref).view.name, "ready": True}


@blueprint.route("/models/<ref>/versions/<version>/ready")
@blueprint.response(200, ReadySchema)
def version_ready(ref: str, version: str) -> dict[str, Any]:
    """Load a version of a model, and say that it is ready."""
    return {"name": _find(f"{ref}@{version}").view.name, "ready": True}


@blueprint.route("/models/<ref>/infer", methods=["POST"])
@blueprint.response(200, InferredSchema)
@blueprint.alt_response(200, schema={"type": "string", "format": "binary"}, content_type=BINARY)
@blueprint.doc(requestBody=BODY)
def model_infer(ref: str) -> Response:
    """Infer from tensors."""
    asked = received(the_request())
    return infer(_find(ref), asked)


@blueprint.route("/models/<ref>/versions/<version>/infer", methods=["POST"])
@blueprint.response(200, InferredSchema)
@blueprint.alt_response(200, schema={"type": "string", "format": "binary"}, content_type=BINARY)
@blueprint.doc(requestBody=BODY)
def version_infer(ref: str, version: str) -> Response:
    """Infer from tensors by a version of a model."""
    asked = received(the_request())
    return infer(_find(f"{ref}@{version}"), asked)


@blueprint.route("/repository/index", methods=["POST"])
@blueprint.response(200, IndexedSchema(many=True))
@blueprint.doc(requestBody=INDEX_BODY)
def index() -> list[dict[str, str]]:
    """List the versions of all models, 10,000 at most."""
    document(content_of(the_request()) or b"{}", IndexSchema())
    found = versions(parts().database, OWNER, MOST_VERSIONS)
    return [{"name": one.name, "version": str(one.version), "state": "READY", "reason": ""} for one in found]


def _find(ref: str) -> LoadedModel:
    return parts().predictors.find(OWNER, ref)


def _metadata(found: LoadedModel) -> dict[str, Any]:
    name = found.view.name
    known = versions(parts().database, OWNER, MOST_VERSIONS, name)
    return {
        "name": name,
        "versions": [str(one.version) for one in known],
        "platform": "backprop",
        "inputs": inputs_of(found.encoding),
        "outputs": outputs_of(found.encoding),
    }
