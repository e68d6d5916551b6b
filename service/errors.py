"""Errors as answers: whatever is raised below becomes `application/problem+json` (RFC 9457) here, and nowhere else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException

from backprop.codes import RefusalCode
from backprop.errors import (
    ConflictError,
    InvalidError,
    MalformedError,
    NotFoundError,
    PreconditionError,
    Problem,
    TooLargeError,
)
from backprop.store.database import DatabaseDownError
from service.dialects.errors import told
from service.docs.errors import EXPLAINED
from service.parts import the_request
from service.plotting.drawer import DrawingError
from service.plotting.studio import StudioFullError

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 2

CODES: Mapping[int, RefusalCode] = {
    400: "malformed",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    412: "precondition_failed",
    415: "unsupported_media_type",
    500: "internal_error",
    503: "unavailable",
}
DETAILS: Mapping[int, str] = {
    404: "there is nothing at this address; /docs shows what there is",
    405: "this address does not take that method; the Allow header says which it takes",
    500: "the service failed at this request, not you; it has been logged under the request_id",
}


def problem(
    status: int, detail: str, *, code: RefusalCode | None = None, errors: Sequence[Problem] = (), headers: Any = ()
) -> Response:
    """Return the answer that names a problem: its status, a stable code, and each single error with its pointer.

    `type` is where that code is explained, an address of this service: RFC 9457 allows for a relative one.
    """
    dialect = told(the_request().path, status, detail, errors)
    if dialect is not None:
        response = jsonify(dialect[1])
        response.status_code = dialect[0]
        response.headers.extend(headers)
        return response
    code = code or _code_of(status)
    body = {
        "type": f"{EXPLAINED}#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id"),
        "errors": [asdict(error) for error in errors],
    }
    response = jsonify(body)
    response.status_code, response.content_type = status, CONTENT_TYPE
    response.headers.extend(headers)
    return response


def from_http(error: HTTPException) -> Response:
    """Return the problem of an error that Werkzeug or Flask raised; a 500 says nothing of its cause."""
    if error.code is None or error.code < 400:
        return Response(response=error.get_response().get_data(), headers=dict(error.get_headers()), status=error.code)
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return problem(error.code, DETAILS.get(error.code) or error.description or "", headers=headers)


def _code_of(status: int) -> RefusalCode:
    return CODES.get(status) or ("malformed" if status < 500 else "internal_error")


def _from_malformed(error: MalformedError) -> Response:
    return problem(400, error.detail)


def _from_invalid(error: InvalidError) -> Response:
    count = len(error.problems)
    first = error.problems[0]
    more = f", and {count - 1} more" if count > 1 else ""
    return problem(422, f"{first.pointer}: {first.detail}{more}", code="invalid", errors=error.problems)


def _from_not_found(error: NotFoundError) -> Response:
    return problem(404, f"there is no {error.kind} {error.ref[:120]!r}")


def _from_too_large(error: TooLargeError) -> Response:
    return problem(413, error.detail, code="file_too_large")


def _from_conflict(error: ConflictError) -> Response:
    return problem(409, error.detail, code=error.code)


def _from_precondition(error: PreconditionError) -> Response:
    return problem(412, error.detail, code="precondition_failed")


def _from_outage(_error: DatabaseDownError) -> Response:
    detail = "the database does not answer; try again"
    return problem(503, detail, code="database_down", headers={"Retry-After": str(RETRY_SECONDS)})


def _from_full_studio(_error: StudioFullError) -> Response:
    detail = "as many plots wait to be drawn as may; try again"
    return problem(503, detail, code="busy", headers={"Retry-After": str(RETRY_SECONDS)})


def _from_drawing(error: DrawingError) -> Response:
    return problem(503, f"{error}; try again", code="not_drawn", headers={"Retry-After": str(RETRY_SECONDS)})


ANSWERS: Mapping[type[Exception], Callable[[Any], Response]] = {
    MalformedError: _from_malformed,
    InvalidError: _from_invalid,
    NotFoundError: _from_not_found,
    TooLargeError: _from_too_large,
    ConflictError: _from_conflict,
    PreconditionError: _from_precondition,
    DatabaseDownError: _from_outage,
    StudioFullError: _from_full_studio,
    DrawingError: _from_drawing,
}


def answer_errors(app: Flask) -> None:
    """Have the app answer every error that is raised on purpose as a problem."""
    for kind, answer in ANSWERS.items():
        app.register_error_handler(kind, answer)
