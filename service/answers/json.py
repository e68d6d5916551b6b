"""JSON as the service writes it: times in UTC, and null for numbers that are not finite."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from marshmallow import fields

from backprop import strict_json

JSON = "application/json"


class Json(JSONProvider):
    """JSON as it leaves: compact, in our order of keys, and never a NaN."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return `obj` as JSON text."""
        return as_json(obj).decode()

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the response that holds the one argument, or those by name."""
        return json_response(as_json(self._prepare_response_obj(args, kwargs)))

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return what strict JSON text holds."""
        return strict_json.loads(s.encode() if isinstance(s, str) else s)


def as_json(value: Any) -> bytes:
    """Return a value as JSON text; a number that is not finite becomes null, a dataclass an object."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError:  # of a whole number of more than 64 bits
        return json.dumps(finite(value), default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(content: bytes) -> Response:
    """Return the response that holds JSON text."""
    return Response(content, mimetype=JSON)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    raise TypeError(f"{type(value)} has no form in JSON")


def instant(at: datetime) -> str:
    """Return a time in UTC as RFC 3339 has it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def finite(value: Any) -> Any:
    """Return the value with null for every number that is not finite."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if is_dataclass(value):
        return finite(vars(value))
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list | tuple) else value


class Instant(fields.Field[datetime]):
    """A time as RFC 3339 has it, in UTC with a Z."""

    def __init__(self, *, allow_none: bool = False) -> None:
        super().__init__(allow_none=allow_none, metadata={"type": "string", "format": "date-time"})

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else instant(value)


def json_object(description: str, *, nullable: bool = False) -> fields.Raw:
    """Return the field of an object that is shown as it was stored."""
    return fields.Raw(allow_none=nullable, metadata={"type": "object", "description": description})


def answer_json(app: Flask) -> None:
    """Have the app write its JSON this way."""
    app.json = Json(app)
