"""The guard: what holds for every request, whatever it asks for, from the request id to the API key."""

import hmac
import os
import re

import structlog
from flask import Flask, Request, Response, current_app, g
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, NotFound, RequestEntityTooLarge, Unauthorized

from backprop.errors import InvalidError, Problem
from backprop.settings import Settings
from service.parts import parts, parts_of, the_request

PROBES = frozenset({"/healthz/live", "/healthz/ready", "/v2/health/live", "/v2/health/ready", "/ping", "/health"})
DOCUMENTATION = re.compile(r"/|/openapi\.json|/docs(?:/.*)?")  # the same from every service, whatever it stores
# RFC 9110, section 7.2: a name or an address, with or without a port; two headers would have a comma between them.
HOST = re.compile(r"(?:[\w.~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?", re.ASCII)
UPLOADS = frozenset({"datasets.create"})  # endpoints that take files
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
FAILED = "backprop.failed"  # in the environment of a request that was answered in front of Flask: what was raised there
CHALLENGE = WWWAuthenticate("bearer", {"realm": "backprop"})


def guard(app: Flask) -> None:
    """Have the app look at every request before its view, and mark every answer."""
    settings = parts_of(app).settings

    def look() -> None:
        asked = the_request()
        g.request_id = request_id = id_for(asked.environ.get("HTTP_X_REQUEST_ID", ""))
        structlog.contextvars.bind_contextvars(request_id=request_id)  # in whatever is logged until the next request
        for check in CHECKS:
            check(asked, settings)

    app.before_request(look)
    app.after_request(_mark)


def check_size(size: int) -> None:
    """Raise RequestEntityTooLarge where a body of `size` bytes is more than the settings allow this request."""
    _refuse_over(_most_bytes(the_request(), parts().settings), size)


def _refuse_over(most: int, size: int) -> None:
    if size > most:
        raise RequestEntityTooLarge(f"a body takes at most {most:,} bytes")


def _most_bytes(asked: Request, settings: Settings) -> int:
    return settings.max_upload_bytes if asked.endpoint in UPLOADS else settings.max_body_bytes


def id_for(given: str) -> str:
    """Return the id of a request: the one that its client gives it, where that is one, else a fresh one."""
    return given if given and REQUEST_ID.fullmatch(given) else os.urandom(16).hex()


def has_key(authorization: str, key: str) -> bool:
    """Return whether an Authorization header holds the API key."""
    scheme, _, given = authorization.partition(" ")
    # Compared in constant time, so that how long it takes tells nothing about the key.
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), key.encode())


def _check_key(asked: Request, settings: Settings) -> None:
    key = settings.api_key
    if key is None or asked.path in PROBES or DOCUMENTATION.fullmatch(asked.path):
        return
    if not has_key(asked.headers.get("Authorization", ""), key):
        raise Unauthorized("send the API key as 'Authorization: Bearer …'", www_authenticate=CHALLENGE)


def _check_head(asked: Request, _: Settings) -> None:
    environ = asked.environ
    if environ["SERVER_PROTOCOL"] == "HTTP/1.1" and not HOST.fullmatch(environ.get("HTTP_HOST", ",")):
        raise BadRequest("send one Host header: a name or an address, with or without a port")
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").lower() != "chunked":
        raise BadRequest("send the body as it is or chunked; no other Transfer-Encoding is understood")


def _check_length(asked: Request, settings: Settings) -> None:
    # Werkzeug cuts a body without a length at this size and says nothing: the byte too much tells us.
    most = _most_bytes(asked, settings)
    asked.max_content_length = most + 1
    _refuse_over(most, asked.content_length or 0)


def _check_address(asked: Request, _: Settings) -> None:
    path = asked.environ["PATH_INFO"]
    # PostgreSQL refuses NUL in a parameter, and no id or name holds one; no slash, or many, Werkzeug would redirect.
    if "\0" in path or not path.startswith("/") or path.startswith("//"):
        raise NotFound


def _check_query(asked: Request, _: Settings) -> None:
    if asked.args and asked.endpoint is not None and not _takes_query(asked.endpoint):
        key = next(iter(asked.args))
        raise InvalidError([Problem(f"?{key[:60]}", "unknown_key", "this address takes no query parameters")])


def _check_failure(asked: Request, _: Settings) -> None:
    failure = asked.environ.get(FAILED)
    if failure is not None:
        raise failure


CHECKS = (_check_key, _check_head, _check_length, _check_address, _check_query, _check_failure)


def _takes_query(endpoint: str) -> bool:
    described = getattr(current_app.view_functions[endpoint], "_apidoc", {})
    return any(parameter["in"] == "query" for parameter in described.get("arguments", {}).get("parameters", ()))


def _mark(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
