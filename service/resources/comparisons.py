"""Comparisons over HTTP: two versions of models side by side."""

from collections.abc import Mapping

from marshmallow import Schema, fields

from backprop.comparison import Comparison, compare
from backprop.schemas.documents import Document
from backprop.schemas.fields import Text
from backprop.schemas.job import MODEL, MODEL_REMEDY
from backprop.store import models
from service.answers import ModelRefSchema, json_object
from service.parsing import Resource
from service.parts import OWNER, parts

blueprint = Resource("comparisons", __name__, url_prefix="/v1/models", description="Two models side by side")


class ComparisonQuerySchema(Document):
    """With which model to compare."""

    right = Text(
        longest=201,
        pattern=MODEL,
        remedy=MODEL_REMEDY,
        required=True,
        data_key="with",
        metadata={"description": "the other model: `iris@2`, `iris@champion`, `mdl_…`", "example": "iris"},
    )


class ComparedModelSchema(ModelRefSchema):
    """One of two models."""

    sha256 = fields.String()


class SpecDifferenceSchema(Schema):
    """A part in which two specs differ; a side that has no such part is left out."""

    pointer = fields.String(required=True)
    left = fields.Raw()
    right = fields.Raw()


class LineageDifferenceSchema(Schema):
    """Something else that was not the same."""

    name = fields.String(required=True)
    left = fields.Raw()
    right = fields.Raw()


class ComparisonSchema(Schema):
    """Two models side by side."""

    left = fields.Nested(ComparedModelSchema, required=True)
    right = fields.Nested(ComparedModelSchema, required=True)
    same_weights = fields.Boolean(required=True)
    metrics = json_object("in the place of each figure its `left`, `right` and `difference`, right minus left")
    spec = fields.List(fields.Nested(SpecDifferenceSchema), required=True)
    lineage = fields.List(fields.Nested(LineageDifferenceSchema), required=True)


@blueprint.route("/<ref>/compare")
@blueprint.arguments(ComparisonQuerySchema(), location="query")
@blueprint.response(200, ComparisonSchema)
@blueprint.problems(404)
def show(query: Mapping[str, str], ref: str) -> Comparison:
    """Compare two models: their metrics side by side, and where their specs differ."""
    return compare(*(models.show(parts().database, OWNER, named) for named in (ref, query["right"])))
