"""Families: activations, losses, optimizers, …, whose JSON forms follow from nn's tables alone.

A member stands in a job as `{"name": "sgd", "momentum": 0.9}` or, with every parameter at its default, as `"sgd"`. A
new row in a table of nn needs no change here: a member's fields, their types, defaults and bounds are its parameters.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, get_type_hints

from marshmallow import Schema, ValidationError, fields

from backprop.schemas.documents import Document
from backprop.schemas.fields import BOUNDS, Boolean, Integer, Number, Strict
from backprop.schemas.flaws import Flaw, nearest, refuse, shown

_FIELDS: Mapping[type, type[fields.Field[Any]]] = {bool: Boolean, int: Integer, float: Number}
_JSON_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number"}


class Member(Strict, fields.Field[Any]):
    """One member of a family, loaded as the frozen dataclass that the table holds under its name.

    `brief`: it is dumped as its name where every parameter has its default, else always as an object.
    """

    def __init__(self, family: str, table: Mapping[str, type], *, brief: bool = False, **options: Any) -> None:
        self.family, self.table, self.brief = family, table, brief
        self.schemas = {name: _schema(name, member) for name, member in table.items()}
        documented = {"oneOf": [*self._documented(), *([{"type": "null"}] if options.get("allow_none") else [])]}
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value is None or (self.brief and value == type(value)()):
            return value and value.name
        return {"name": value.name, **dataclasses.asdict(value)}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        given = {"name": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping):
            refuse("wrong_type", f"takes the name of one {self.family} or an object with a name, not {shown(value)}")
        name = self._name(given, below="" if isinstance(value, str) else "/name")
        return self.table[name](**_parameters(self.schemas[name].load(given)))

    def _name(self, given: Mapping[str, Any], below: str) -> str:
        name = given.get("name")
        if name is None:
            raise ValidationError([Flaw("required", f"name one {self.family}: {', '.join(self.table)}", below)])
        if not isinstance(name, str):
            raise ValidationError([Flaw("wrong_type", f"takes a name, not {shown(name)}", below)])
        if name not in self.table:
            detail = f"there is no {self.family} {shown(name)}; {nearest(name, self.table)}"
            raise ValidationError([Flaw("unknown_name", detail, below)])
        return name

    def _documented(self) -> list[dict[str, Any]]:
        return [{"enum": list(self.table)}, *(_json_schema(name, member) for name, member in self.table.items())]


def _parameters(loaded: Any) -> dict[str, Any]:
    return {key: value for key, value in loaded.items() if key != "name"}


def _schema(name: str, member: type) -> Schema:
    types = get_type_hints(member)
    parameters = {
        field.name: _FIELDS[types[field.name]](**_bounds(field, types[field.name]))
        for field in dataclasses.fields(member)
    }
    return Document.from_dict({"name": fields.Raw(), **parameters}, name=f"{name.title()}Parameters")()


def _bounds(field: "dataclasses.Field[Any]", kind: type) -> dict[str, Any]:
    return {} if kind is bool else {"bounds": field.metadata}


def _json_schema(name: str, member: type) -> dict[str, Any]:
    """Return the JSON Schema of one member's object form."""
    types = get_type_hints(member)
    properties: dict[str, Any] = {"name": {"const": name}}
    for field in dataclasses.fields(member):
        bounds = {BOUNDS[bound]: value for bound, value in field.metadata.items()}
        properties[field.name] = {"type": _JSON_TYPES[types[field.name]], "default": field.default, **bounds}
    return {
        "type": "object",
        "title": name,
        "properties": properties,
        "required": ["name"],
        "additionalProperties": False,
    }
