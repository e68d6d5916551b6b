"""TensorFlow Serving's REST interface, and KServe's first protocol, which has the same `:predict`."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from backprop.errors import InvalidError, Problem
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice
from service.dialects.columns import by_columns
from service.dialects.errors import PlainErrorSchema
from service.dialects.parsing import Anything, Dialect
from service.parts import OWNER, parts
from service.predicting.asking import PARTS, TOP_K, predict

blueprint = Dialect("tensorflow", __name__, PlainErrorSchema, url_prefix="/v1/models", description="TensorFlow Serving")

DEFAULT = "serving_default"


class TensorFlowSchema(Document):
    """Either instances, row by row, or inputs, column by column; a signature is a part of our own answers."""

    signature_name = Choice((DEFAULT, *PARTS), load_default=DEFAULT)
    instances = Anything(metadata={"type": "array", "description": "rows, or records"})
    inputs = Anything(metadata={"type": ["array", "object"], "description": "rows, or lists by the columns' names"})


class TensorFlowPredictionsSchema(Schema):
    """What was asked for by rows, or by columns."""

    predictions = fields.Raw(metadata={"type": "array", "description": "where `instances` were sent"})
    outputs = fields.Raw(metadata={"type": "array", "description": "where `inputs` were sent"})


class VersionStatusSchema(Schema):
    """The status of a version: what is stored is available."""

    version = fields.String(required=True)
    state = fields.String(required=True)
    status = fields.Dict(required=True)


class ModelStatusSchema(Schema):
    """The status of a model's version."""

    model_version_status = fields.List(fields.Nested(VersionStatusSchema), required=True)


@blueprint.route("/<ref>:predict", methods=["POST"])
@blueprint.arguments(TensorFlowSchema(), error_status_code=400)
@blueprint.response(200, TensorFlowPredictionsSchema)
def predict_newest(body: Mapping[str, Any], ref: str) -> dict[str, Any]:
    """Predict as TensorFlow Serving and KServe do."""
    return _answer(body, ref)


@blueprint.route("/<ref>/versions/<version>:predict", methods=["POST"])
@blueprint.arguments(TensorFlowSchema(), error_status_code=400)
@blueprint.response(200, TensorFlowPredictionsSchema)
def predict_version(body: Mapping[str, Any], ref: str, version: str) -> dict[str, Any]:
    """Predict by a version as TensorFlow Serving does."""
    return _answer(body, f"{ref}@{version}")


@blueprint.route("/<ref>/versions/<version>")
@blueprint.response(200, ModelStatusSchema)
def status(ref: str, version: str) -> dict[str, Any]:
    """Tell the status of a model's version."""
    view = parts().predictors.find(OWNER, f"{ref}@{version}").view
    fine = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": str(view.version), "state": "AVAILABLE", "status": fine}]}


def _answer(body: Mapping[str, Any], ref: str) -> dict[str, Any]:
    forms = body.keys() & {"instances", "inputs"}
    if len(forms) != 1:
        raise InvalidError([Problem("#", "wrong_keys", "takes exactly one of instances, inputs")])
    model = parts().predictors.find(OWNER, ref)
    (form,) = forms
    given, at = body[form], f"#/{form}"
    predicted = by_columns(model, given, at) if type(given) is dict and form == "inputs" else predict(model, given, at)
    part = PARTS["predictions" if body["signature_name"] == DEFAULT else body["signature_name"]]
    return {"predictions" if form == "instances" else "outputs": part(predicted, TOP_K)}
