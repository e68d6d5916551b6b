"""Datasets over HTTP: the sets that are always there."""

from typing import Any

from marshmallow import Schema, fields

from backprop.data import BUILTINS, describe
from service.parsing import Resource

blueprint = Resource("datasets", __name__, url_prefix="/v1/datasets", description="Data to train on")


class ColumnSchema(Schema):
    """A column."""

    name = fields.String()
    kind = fields.String(metadata={"enum": ["numeric", "boolean", "text"]})


class BuiltinSchema(Schema):
    """A built-in set."""

    name = fields.String()
    description = fields.String()
    rows = fields.Integer()
    columns = fields.List(fields.Nested(ColumnSchema))
    target = fields.String()
    task = fields.String(metadata={"enum": ["classification", "regression"]})


class BuiltinListSchema(Schema):
    """The built-in sets."""

    data = fields.List(fields.Nested(BuiltinSchema))


@blueprint.route("/builtin")
@blueprint.response(200, BuiltinListSchema)
def builtin() -> dict[str, Any]:
    """List the built-in sets, with their columns and the target that each has by default."""
    return {"data": [describe(name) for name in BUILTINS]}
