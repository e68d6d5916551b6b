"""Conditional reads (RFC 9110, section 13): what a client has already is answered 304, without a body."""

from flask import Flask, Response

from service.parts import the_request

CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"}


def answer_conditionally(app: Flask) -> None:
    """Have every successful read carry an ETag, and be answered 304 where the client names it in If-None-Match."""
    app.after_request(_tag)


def _tag(response: Response) -> Response:
    asked = the_request()
    if asked.method not in {"GET", "HEAD"} or response.status_code != 200 or not response.is_json:
        return response
    if "ETag" not in response.headers:
        response.add_etag(weak=True)
    if CONDITIONS & asked.environ.keys():
        response.make_conditional(asked)  # changes the response itself
    return response
