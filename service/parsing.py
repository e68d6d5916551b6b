"""Parsing: bodies and query strings through the core's strict schemas, for the blueprints of our resources."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn, Protocol, TypeVar, cast

from flask import Request, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.exceptions import UnsupportedMediaType

from backprop import strict_json
from backprop.errors import InvalidError, Problem
from backprop.schemas.flaws import invalid
from service.guard import check_size
from service.parts import the_request

JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)
KEY_HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEY_PARAMETER = {
    "in": "header",
    "name": KEY_HEADER,
    "description": "1 to 255 printable ASCII characters. The same key with the same job gives the first job again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}

View = TypeVar("View", bound=Callable[..., Any])


class Decorator(Protocol):
    """What leaves a view's type as it is."""

    def __call__(self, view: View, /) -> View:
        """Return the view, decorated."""


class Decorating(Protocol):
    """A method of flask-smorest's that makes a decorator; it ships no types."""

    def __call__(self, *args: Any, **options: Any) -> Decorator:
        """Return the decorator."""


class Parser(FlaskParser):
    """Webargs' parser with strict JSON, strict queries, and the core's errors."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"query": RAISE}  # noqa: RUF012  as webargs has it

    def parse(self, argmap: Any, *args: Any, location: str | None = None, **options: Any) -> Any:
        """Return what the schema makes of the body or the query. Raises InvalidError."""
        if location != "json":
            return super().parse(argmap, *args, location=location, **options)
        document = self.load_json(the_request(), argmap)
        return loaded(argmap, document)  # webargs would take as long again as a small body does

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body as the schema's own `loads_body` reads it, or else strict JSON does.

        Raises UnsupportedMediaType and MalformedError.
        """
        read = reader_of(schema, req.mimetype)
        if read is None:
            raise UnsupportedMediaType("send JSON, and the header Content-Type: application/json")
        if req.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")
        return read(body_of(req))

    def load_querystring(self, req: Request, schema: Schema) -> MultiDictProxy:
        """Return the query's parameters. Raises InvalidError where one that takes one value stands twice."""
        for name, values in req.args.lists():
            if len(values) > 1 and not isinstance(schema.fields.get(name), fields.List):
                raise InvalidError([Problem(f"?{name[:60]}", "duplicate", "this takes one value; send it once")])
        return self._makeproxy(req.args, schema)

    def handle_error(self, error: ValidationError, *_: object, **__: object) -> NoReturn:
        """Raise the InvalidError that names every flaw of a query; a parameter is named as `?limit`."""
        (messages,) = cast("dict[str, Any]", error.messages).values()
        problems = invalid(ValidationError(messages), "?").problems
        raise InvalidError([Problem(p.pointer.replace("/", "", 1), p.code, p.detail) for p in problems]) from error


class Resource(Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """A blueprint whose arguments come through our parser."""

    ARGUMENTS_PARSER = Parser()

    arguments: Decorating
    response: Decorating

    def alt_response(self, *args: Any, **options: Any) -> Decorator:
        """Describe another answer."""
        return _noted(super().alt_response(*args, **options))

    def doc(self, **options: Any) -> Decorator:
        """Describe an operation further."""
        return _noted(super().doc(**options))

    def route(self, rule: str, **options: Any) -> Decorator:
        """Serve a view at an address; in OpenAPI it is the operation `jobs.show`, for links and generated clients."""

        def name_and_serve(view: View) -> View:
            named = self.doc(operationId=f"{self.name}.{view.__name__}")(view)
            served: View = super(Resource, self).route(rule, **options)(named)
            return served

        return name_and_serve

    def links(self, status: int, parameters: Mapping[str, str], *operations: str) -> Decorator:
        """Describe which operations an answer leads to, and which of its parts they take as parameters."""
        links = {name: {"operationId": name, "parameters": dict(parameters)} for name in operations}
        return self.doc(responses={status: {"links": links}})

    def problems(self, *statuses: int) -> Decorator:
        """Describe the statuses with which an operation refuses, beside those that any may have."""

        def describe(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, response=HTTPStatus(status).name)(view)
            return view

        return describe


def _noted(describe: Decorator) -> Decorator:
    """Return the decorator without flask-smorest's function around the view, which does nothing but call it."""

    def note(view: View) -> View:
        vars(view)["_apidoc"] = vars(describe(view))["_apidoc"]
        return view

    return note


def reader_of(schema: Schema, media_type: str) -> Callable[[bytes], object] | None:
    """Return what reads a body of this type for a schema; None: it takes none such."""
    if JSON.fullmatch(media_type):
        read: Callable[[bytes], object] = getattr(schema, "loads_body", strict_json.loads)
        return read
    others: Mapping[str, Callable[[bytes], object]] = getattr(schema, "other_bodies", {})
    return others.get(media_type)


def loaded(schema: Schema, document: object) -> Any:
    """Return what a schema makes of a parsed body. Raises InvalidError."""
    try:
        return schema.load(document)  # type: ignore[arg-type]  # marshmallow refuses what is no object
    except ValidationError as error:
        raise invalid(error) from error


def body_of(req: Request) -> bytes:
    """Return the request's body. Raises RequestEntityTooLarge, also where its length was not said before."""
    content = req.get_data(cache=False)
    check_size(len(content))
    return content


def idempotency_key() -> str | None:
    """Return the request's Idempotency-Key, if it has one. Raises InvalidError."""
    return checked_key(request.headers.get(KEY_HEADER))


def checked_key(key: str | None) -> str | None:
    """Return what an Idempotency-Key may be. Raises InvalidError."""
    if key is not None and not KEY.fullmatch(key):
        detail = "takes 1 to 255 printable ASCII characters without blanks, a UUID for example"
        raise InvalidError([Problem(KEY_HEADER, "bad_name", detail)])
    return key
