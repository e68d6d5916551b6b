"""Models as they are shown and listed."""

from typing import Any

from marshmallow import Schema, fields

from backprop.data import Encoding
from backprop.store.models import ModelView
from service.answers.json import Instant, json_object
from service.answers.pages import PageSchema


class ModelRefSchema(Schema):
    """A model by id, and by name and version."""

    id = fields.String()
    name = fields.String()
    version = fields.Integer()


class ModelSummarySchema(Schema):
    """A model as lists show it."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    job = fields.String(
        allow_none=True, metadata={"description": "the id of the job that made it; null where it came in a file"}
    )
    sha256 = fields.String(metadata={"description": "of its parameters' little-endian bytes: w1, b1, w2, b2, …"})
    features = fields.List(fields.String(), metadata={"description": "in the order that rows have"})
    classes = fields.Raw(
        allow_none=True,
        metadata={"type": "array", "items": {"type": ["string", "boolean", "number"]}},
    )
    metrics = json_object("the job's results")
    aliases = fields.List(fields.String(), metadata={"description": "those that point at it"})
    tags = fields.Dict(keys=fields.String(), values=fields.String())
    note = fields.String(allow_none=True)
    created_at = Instant()


class ModelViewSchema(ModelSummarySchema):
    """A model, whole."""

    dataset_sha256 = fields.String(allow_none=True, metadata={"description": "of the rows that it was trained on"})
    environment = json_object("Python, NumPy, SciPy, BLAS and processor that it was trained with", nullable=True)
    spec = json_object("the spec of the job that made it")


class ModelPageSchema(PageSchema):
    """A page of models."""

    data = fields.List(fields.Nested(ModelSummarySchema), required=True)


def shown(model: ModelView) -> dict[str, Any]:
    """Return what is shown of a model: what it takes and gives, rather than how it encodes that."""
    encoding = Encoding.from_json(model.encoding)
    return {**vars(model), "features": encoding.features, "classes": encoding.classes}
