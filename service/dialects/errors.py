"""Errors in each dialect's own shape: by the address that was asked for, so that whatever refuses needs not know."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, fields

from backprop.errors import Problem

MOST_TOLD = 20

Told = tuple[int, Mapping[str, Any]]  # status and body
Shape = Callable[[int, str], Mapping[str, Any]]


class PlainErrorSchema(Schema):
    """An error as the Open Inference Protocol, TensorFlow Serving and KServe have it."""

    error = fields.String(required=True, metadata={"description": "one sentence a flaw, each with its place"})


class MLflowErrorSchema(Schema):
    """An error as MLflow's scoring server has it."""

    error_code = fields.String(required=True, metadata={"description": "stable, to be decided on by programs"})
    message = fields.String(required=True, metadata={"description": "one sentence a flaw, each with its place"})


MLFLOW_CODES: Mapping[int, str] = MappingProxyType(
    {
        401: "UNAUTHENTICATED",
        404: "RESOURCE_DOES_NOT_EXIST",
        413: "REQUEST_LIMIT_EXCEEDED",
        422: "INVALID_PARAMETER_VALUE",
        500: "INTERNAL_ERROR",
        503: "TEMPORARILY_UNAVAILABLE",
    }
)


def _plain(_: int, detail: str) -> Mapping[str, Any]:
    return {"error": detail}


def _mlflow(status: int, detail: str) -> Mapping[str, Any]:
    return {"error_code": MLFLOW_CODES.get(status, "BAD_REQUEST"), "message": detail}


SHAPES: Mapping[re.Pattern[str], Shape] = MappingProxyType(
    {
        re.compile(r"/v2(?:/.*)?", re.DOTALL): _plain,
        re.compile(r"/v1/models/[^/]+(?:/versions/[^/]+)?:predict|/v1/models/[^/]+/versions/[^/]+"): _plain,
        re.compile(r"/invocations|/ping|/health|/version"): _mlflow,
    }
)


def told(path: str, status: int, detail: str, errors: Sequence[Problem]) -> Told | None:
    """Return status and body of an error at an address of a dialect; None at ours. They know no 422: it is a 400."""
    shape = next((shape for pattern, shape in SHAPES.items() if pattern.fullmatch(path)), None)
    if shape is None:
        return None
    if errors:
        more = [f"and {len(errors) - MOST_TOLD} more"] if len(errors) > MOST_TOLD else []
        detail = "; ".join([f"{error.pointer}: {error.detail}" for error in errors[:MOST_TOLD]] + more)
    return 400 if status == 422 else status, shape(status, detail)
