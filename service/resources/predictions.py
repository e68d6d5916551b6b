"""Predictions over HTTP: raw rows or records in, what the model makes of them out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from flask import Response, jsonify
from marshmallow import Schema, fields, post_load

from backprop.errors import InvalidError, Problem
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Items, Strict
from service.answers import ModelRefSchema
from service.parsing import Resource
from service.parts import OWNER, parts
from service.predictors import LoadedModel

blueprint = Resource("predictions", __name__, url_prefix="/v1/models", description="What trained models predict")

RETURNS = ("predictions", "outputs")
AT = "#/instances"


@dataclass(frozen=True)
class Asked:
    """Instances as they came, for the model's encoding to check, and which parts of the answer are wanted."""

    instances: Any
    wanted: tuple[str, ...] = RETURNS


class Instances(Strict, fields.Field[Any]):
    """Rows or records, checked by the model's own encoding: marshmallow would take a hundred times as long."""

    def __init__(self) -> None:
        row = {"type": "array", "items": {"type": ["number", "string", "boolean", "null"]}}
        record = {"type": "object", "additionalProperties": row["items"]}
        documented = {"type": "array", "minItems": 1, "items": {"oneOf": [row, record]}}
        super().__init__(required=True, metadata=documented)


class PredictSchema(Document):
    """Rows that hold the model's features in order, or records by feature name."""

    instances = Instances()
    wanted = Items(Choice(RETURNS), least=1, most=len(RETURNS), data_key="return", metadata={"default": list(RETURNS)})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Asked:
        return Asked(**data)


class PredictedModelSchema(ModelRefSchema):
    """The model that predicted."""

    sha256 = fields.String()


class PredictionSchema(Schema):
    """One entry an instance, in their order."""

    predictions = fields.Raw(
        metadata={"type": "array", "description": "classes or numbers, or lists of them for several targets"}
    )
    outputs = fields.List(fields.List(fields.Float()), metadata={"description": "the output layer's activations"})
    classes = fields.Raw(
        allow_none=True,
        metadata={"type": "array", "description": "what each output stands for: a class, or a label's name"},
    )
    model = fields.Nested(PredictedModelSchema)


@blueprint.route("/<ref>/predict", methods=["POST"])
@blueprint.arguments(PredictSchema())
@blueprint.response(200, PredictionSchema)
@blueprint.problems(400, 404, 413, 415)
def predict(asked: Asked, ref: str) -> Response:
    """Predict for rows or records of raw features, as they were uploaded."""
    return jsonify(answer(parts().predictors.find(OWNER, ref), asked))


def answer(model: LoadedModel, asked: Asked) -> dict[str, Any]:
    """Return what the model makes of the instances.

    Raises InvalidError, at `#/instances/3/1`, for a cell that its encoding cannot take, and where an output would not
    be finite.
    """
    try:
        x = model.encoding.encode_instances(asked.instances)
    except InvalidError as error:
        raise InvalidError([Problem(AT + p.pointer, p.code, p.detail) for p in error.problems]) from error
    outputs = model.predictor.outputs(x)
    if not np.isfinite(outputs).all():
        row = int(np.argmin(np.isfinite(outputs).all(axis=1)))
        raise InvalidError([Problem(f"{AT}/{row}", "not_finite", "the network's outputs for this are not finite")])
    view = model.view
    found: dict[str, Any] = {}
    if "predictions" in asked.wanted:
        found["predictions"] = model.encoding.decode(outputs)
    if "outputs" in asked.wanted:
        found["outputs"] = outputs.tolist()
    found["classes"] = model.encoding.classes
    return found | {"model": {"id": view.id, "name": view.name, "version": view.version, "sha256": view.sha256}}
