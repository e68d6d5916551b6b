"""Conditional reads (RFC 9110, section 13): what a client has already is answered 304, without a body."""

from typing import Any

from flask import Flask, Response
from werkzeug.http import parse_etags

from backprop.store.conditions import ANY, Condition
from service.errors import CONTENT_TYPE, problem
from service.parts import the_request

CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"}
IF_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-Match",
    "description": "the `ETag` of the alias as it was seen: where it has been moved since, the answer is 412",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: dict[str, Any] = {
    "in": "header",
    "name": "If-None-Match",
    "description": "`*`: only where there is no such alias yet, else the answer is 412",
    "schema": {"type": "string"},
}
ETAG: dict[str, Any] = {"ETag": {"schema": {"type": "string"}, "description": "changes with every move"}}


def answer_conditionally(app: Flask) -> None:
    """Have every successful read carry an ETag, and be answered 304 where the client names it in If-None-Match.

    Where it names another one in If-Match, that is a problem.
    """
    app.after_request(_refuse)
    app.after_request(_tag)  # which is called first


def condition() -> Condition:
    """Return what this request makes the condition of a change, by If-Match and If-None-Match."""
    return Condition(_tags("HTTP_IF_MATCH", is_strong=True), _tags("HTTP_IF_NONE_MATCH", is_strong=False))


def _tags(header: str, *, is_strong: bool) -> frozenset[str] | None:
    text = the_request().environ.get(header)
    if text is None:
        return None
    tags = parse_etags(text.strip())
    return frozenset({ANY}) if tags.star_tag else frozenset(tags.as_set(include_weak=not is_strong))


def _tag(response: Response) -> Response:
    asked = the_request()
    if asked.method not in {"GET", "HEAD"} or response.status_code != 200 or not response.is_json:
        return response
    if "ETag" not in response.headers:
        response.add_etag(weak=True)
    if CONDITIONS & asked.environ.keys():
        response.make_conditional(asked)  # changes the response itself
    return response


def _refuse(response: Response) -> Response:
    if response.status_code == 412 and response.content_type != CONTENT_TYPE:
        # Changed as it is, since its headers have been set by now.
        response.set_data(problem(412, f"it is at {response.headers['ETag']} now").get_data())
        response.content_type = CONTENT_TYPE
    return response
