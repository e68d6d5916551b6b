"""Parsing for dialects: bodies whatever their content type says, as these servers take them, and their blueprints."""

from collections.abc import Mapping
from typing import Any

from flask import Request
from marshmallow import Schema, fields
from werkzeug.exceptions import UnsupportedMediaType

from backprop import strict_json
from backprop.errors import InvalidError, Problem
from backprop.schemas.fields import Strict
from service.dialects.errors import MLflowErrorSchema, PlainErrorSchema
from service.parsing import Decorator, Parser, Resource, View, body_of, loaded

DETAIL = "#/inputs/0/data/3/1: the number is not finite"
EXAMPLES: Mapping[type[Schema], Any] = {
    PlainErrorSchema: {"error": DETAIL},
    MLflowErrorSchema: {"error_code": "INVALID_PARAMETER_VALUE", "message": DETAIL},
}


class LenientParser(Parser):
    """A parser of JSON for clients that do not say that it is JSON."""

    def load_json(self, req: Request, _: Schema | None = None) -> Any:
        """Return the parsed body. Raises UnsupportedMediaType where it is compressed, and MalformedError."""
        return strict_json.loads(content_of(req))


class Dialect(Resource):
    """A blueprint in a dialect, whose errors look as `error_schema` describes them."""

    ARGUMENTS_PARSER = LenientParser()

    def __init__(self, name: str, import_name: str, error_schema: type[Schema], **options: Any) -> None:
        super().__init__(name, import_name, **options)
        content = {"schema": error_schema, "example": EXAMPLES[error_schema]}
        self._error = {"description": "What is wrong, in this dialect", "content": {"application/json": content}}

    def route(self, rule: str, **options: Any) -> Decorator:
        """Serve a view at an address, and describe its errors."""

        def describe_and_serve(view: View) -> View:
            described = self.doc(responses={"default": self._error, 400: self._error})(view)
            return super(Dialect, self).route(rule, **options)(described)

        return describe_and_serve


class Anything(Strict, fields.Field[Any]):
    """What is not looked at before the model's encoding does."""


def content_of(req: Request) -> bytes:
    """Return the body. Raises UnsupportedMediaType where it is compressed, and RequestEntityTooLarge."""
    if req.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")
    return body_of(req)


def document(content: bytes, schema: Schema) -> Any:
    """Return what the schema makes of a JSON text. Raises MalformedError and InvalidError."""
    return loaded(schema, _an_object(strict_json.loads(content)))


def _an_object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidError([Problem("#", "wrong_type", "the body is an object")])
    return value
