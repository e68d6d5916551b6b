"""Predictions over HTTP: raw rows or records in, what the model makes of them out."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, post_load

from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Integer, Items, Strict
from service.answers import JSON, ModelRefSchema, ProblemSchema, as_json, json_response
from service.parsing import Resource
from service.parts import OWNER, parts
from service.predicting import arrays, asking, number_rows
from service.predicting.asking import DEFAULT, PARTS, TOP_K, Asked, answer
from service.predicting.predictors import Predictors

blueprint = Resource("predictions", __name__, url_prefix="/v1/models", description="What trained models predict")


BYTES = {"type": "string", "format": "binary"}
OUTPUTS = "one entry an instance; as application/x-npy the outputs alone, (rows, outputs)"


class Instances(Strict, fields.Field[Any]):
    """Rows or records, checked by the model's own encoding: marshmallow would take a hundred times as long."""

    def __init__(self) -> None:
        row = {"type": "array", "items": {"type": ["number", "string", "boolean", "null"]}}
        record = {"type": "object", "additionalProperties": row["items"]}
        documented = {"type": "array", "minItems": 1, "items": {"oneOf": [row, record]}}
        super().__init__(required=True, metadata=documented)


class PredictSchema(Document):
    """Rows that hold the model's features in order, or records by feature name."""

    loads_body = staticmethod(number_rows.loads)
    other_bodies: Mapping[str, Callable[[bytes], object]] = {
        arrays.NPY: arrays.loads,
        arrays.FLOAT32: arrays.loads_float32,
    }

    instances = Instances()
    wanted = Items(Choice(PARTS), least=1, most=len(PARTS), data_key="return", metadata={"default": list(DEFAULT)})
    top_k = Integer(
        bounds={"at_least": 1, "at_most": 10_000},
        metadata={"default": TOP_K, "description": "how many classes `top_k` has; a wish for it, where it is given"},
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Asked:
        return Asked(**data)

    def load(self, data: Any, **options: Any) -> Any:
        """Return what is asked, as any schema does; marshmallow would take as long as the prediction of a row."""
        if type(data) is dict and len(data) == 1 and "instances" in data and data["instances"] is not None:
            return Asked(data["instances"])
        return super().load(data, **options)


class PredictedModelSchema(ModelRefSchema):
    """The model that predicted."""

    sha256 = fields.String()


class RankedSchema(Schema):
    """A class and its output."""

    label = fields.Raw(data_key="class")
    output = fields.Float()


class PredictionSchema(Schema):
    """One entry an instance, in their order."""

    predictions = fields.Raw(
        metadata={"type": "array", "description": "classes or numbers, or lists of them for several targets"}
    )
    outputs = fields.List(fields.List(fields.Float()), metadata={"description": "the output layer's activations"})
    probabilities = fields.List(
        fields.List(fields.Float()),
        metadata={"description": "outputs of softmax or sigmoid as shares of their sum"},
    )
    logits = fields.List(
        fields.List(fields.Float()), metadata={"description": "what the output layer's activation is taken of"}
    )
    top_k = fields.List(fields.List(fields.Nested(RankedSchema)), metadata={"description": "the largest output first"})
    classes = fields.Raw(
        allow_none=True,
        metadata={"type": "array", "description": "what each output stands for: a class, or a label's name"},
    )
    model = fields.Nested(PredictedModelSchema)
    warnings = fields.List(
        fields.Nested(ProblemSchema.ErrorSchema),
        metadata={"description": "cells unlike all that training saw; left out where there are none"},
    )


@blueprint.route("/<ref>/predict", methods=["POST"])
@blueprint.arguments(PredictSchema())
@blueprint.response(200, PredictionSchema)
@blueprint.alt_response(200, schema=BYTES, content_type=arrays.NPY, success=True, description=OUTPUTS)
@blueprint.doc(requestBody={"content": {kind: {"schema": BYTES} for kind in PredictSchema.other_bodies}})
@blueprint.problems(400, 404, 413, 415)
def predict(asked: Asked, ref: str) -> Response:
    """Predict for rows or records of raw features, as they were uploaded."""
    if request.accept_mimetypes.best_match([JSON, arrays.NPY]) == arrays.NPY:
        return Response(outputs(parts().predictors, ref, asked), mimetype=arrays.NPY)
    return json_response(predicted(parts().predictors, ref, asked))


def outputs(predictors: Predictors, ref: str, asked: Asked) -> bytes:
    """Return the output layer's activations alone, as npy. Raises NotFoundError and InvalidError."""
    model = predictors.find(OWNER, ref)
    return arrays.dumps(asking.predict(model, asking.as_taken(model, asked.instances), "#/instances").outputs)


def predicted(predictors: Predictors, ref: str, asked: Asked) -> bytes:
    """Return what the model that `ref` names makes of the instances, in JSON. Raises NotFoundError and InvalidError."""
    return as_json(answer(predictors.find(OWNER, ref), asked))
