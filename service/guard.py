"""The guard: what holds for every request, whatever it asks for, from the request id to the API key."""

import hmac
import re
import uuid

import structlog
from flask import Flask, Response, current_app, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, Unauthorized

from backprop.errors import InvalidError, Problem
from service.parts import parts

PROBES = frozenset({"/healthz/live", "/healthz/ready"})
DOCUMENTATION = re.compile(r"/|/openapi\.json|/docs(?:/.*)?")  # the same from every service, whatever it stores
# RFC 9110, section 7.2: a name or an address, with or without a port; two headers would have a comma between them.
HOST = re.compile(r"(?:[\w.~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?", re.ASCII)
UPLOADS = frozenset({"datasets.create"})  # endpoints that take files
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
CHALLENGE = WWWAuthenticate("bearer", {"realm": "backprop"})
OUR_HEADERS = {"X-Content-Type-Options": "nosniff"}


def guard(app: Flask) -> None:
    """Have the app look at every request before its view, and mark every answer."""
    for look in (_name_request, _check_key, _check_head, _check_length, _check_address, _check_query):
        app.before_request(look)
    app.after_request(_mark)


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    structlog.contextvars.bind_contextvars(request_id=g.request_id)  # in whatever is logged until the next request


def _check_key() -> None:
    key = parts().settings.api_key
    if key is None or request.path in PROBES or DOCUMENTATION.fullmatch(request.path):
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # Compared in constant time, so that how long it takes tells nothing about the key.
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("latin-1"), key.encode()):
        raise Unauthorized("send the API key as 'Authorization: Bearer …'", www_authenticate=CHALLENGE)


def _check_head() -> None:
    environ = request.environ
    if environ["SERVER_PROTOCOL"] == "HTTP/1.1" and not HOST.fullmatch(environ.get("HTTP_HOST", ",")):
        raise BadRequest("send one Host header: a name or an address, with or without a port")
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").lower() != "chunked":
        raise BadRequest("send the body as it is or chunked; no other Transfer-Encoding is understood")


def check_size(size: int) -> None:
    """Raise RequestEntityTooLarge where a body of `size` bytes is more than the settings allow."""
    if size > most_bytes():
        raise RequestEntityTooLarge(f"a body takes at most {most_bytes():,} bytes")


def most_bytes() -> int:
    """Return how many bytes the body of this request may have."""
    settings = parts().settings
    return settings.max_upload_bytes if request.endpoint in UPLOADS else settings.max_body_bytes


def _check_length() -> None:
    # Werkzeug cuts a body without a length at this size and says nothing: the byte too much tells us.
    request.max_content_length = most_bytes() + 1
    check_size(request.content_length or 0)


def _check_address() -> None:
    path = request.environ["PATH_INFO"]
    # PostgreSQL refuses NUL in a parameter, and no id or name holds one; no slash, or many, Werkzeug would redirect.
    if "\0" in path or not path.startswith("/") or path.startswith("//"):
        raise NotFound


def _check_query() -> None:
    if request.args and request.endpoint is not None and not _takes_query(request.endpoint):
        key = next(iter(request.args))
        raise InvalidError([Problem(f"?{key[:60]}", "unknown_key", "this address takes no query parameters")])


def _takes_query(endpoint: str) -> bool:
    described = getattr(current_app.view_functions[endpoint], "_apidoc", {})
    return any(parameter["in"] == "query" for parameter in described.get("arguments", {}).get("parameters", ()))


def _mark(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers.extend(OUR_HEADERS)
    return response
