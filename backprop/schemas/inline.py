"""Rows that stand in the body itself: one field, since marshmallow would take a hundred times as long cell by cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from backprop.data import Table, table_from_arrays, table_from_rows
from backprop.errors import InvalidError
from backprop.schemas.fields import Strict
from backprop.schemas.flaws import refuse, refuse_all, shown

FORMS = (("columns", "rows"), ("inputs", "targets"))


@dataclass(frozen=True)
class Inline:
    """A table that came in the body; `features` and `target` are known where it came as inputs and targets."""

    table: Table
    features: tuple[str, ...] | None = None
    target: tuple[str, ...] | None = None


class InlineData(Strict, fields.Field[Inline]):
    """`{"columns": […], "rows": [[…]]}` or `{"inputs": [[…]], "targets": […]}`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"oneOf": [_documented(*form) for form in FORMS]}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Inline:  # noqa: ARG002
        if not isinstance(value, Mapping):
            refuse("wrong_type", f"takes an object, not {shown(value)}")
        if set(value) not in (set(form) for form in FORMS):
            given = ", ".join(shown(key) for key in list(value)[:5]) or "none"
            refuse("wrong_keys", f"takes the keys columns and rows, or inputs and targets, not {given}")
        try:
            return _read(value)
        except InvalidError as error:
            refuse_all(error.problems)


def _read(value: Mapping[str, Any]) -> Inline:
    if "rows" in value:
        return Inline(table_from_rows(value["columns"], value["rows"]))
    table, features, target = table_from_arrays(value["inputs"], value["targets"])
    return Inline(table, features, target)


def _documented(names: str, rows: str) -> dict[str, Any]:
    """Return the JSON Schema of one form: a list beside a list of rows."""
    scalar = {"type": ["number", "string", "boolean", "null"]}
    lists = {
        "columns": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
        "rows": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": scalar}},
        "inputs": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": scalar}},
        "targets": {
            "type": "array",
            "minItems": 1,
            "items": {"type": ["number", "string", "boolean", "array", "null"], "items": scalar},
        },
    }
    return {
        "type": "object",
        "properties": {names: lists[names], rows: lists[rows]},
        "required": [names, rows],
        "additionalProperties": False,
    }
