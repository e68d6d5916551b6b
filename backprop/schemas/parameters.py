"""Explicit initial weights and biases: nested lists of finite numbers, one matrix and one vector a layer."""

import math
from typing import Any, NoReturn

from marshmallow import ValidationError, fields

from backprop.codes import ProblemCode
from backprop.pointers import pointer
from backprop.schemas.fields import Strict
from backprop.schemas.flaws import Flaw, refuse, shown

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]

NUMBER = {"type": "number"}
VECTOR = {"type": "array", "items": NUMBER}
MATRIX = {"type": "array", "items": VECTOR}


class Layers(Strict, fields.Field[Any]):
    """A list of one item a layer: matrices (inputs, units) where `depth` is 2, vectors (units,) where it is 1."""

    def __init__(self, depth: int, **options: Any) -> None:
        self.depth = depth
        documented = {"type": "array", "items": MATRIX if depth == 2 else VECTOR}
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return None if value is None else _listed(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, list) or not value:
            refuse("wrong_type", f"takes a list of one item a layer, not {shown(value)}")
        read = _matrix if self.depth == 2 else _vector
        return tuple(read(item, pointer(layer)) for layer, item in enumerate(value))


def _matrix(value: Any, below: str) -> Matrix:
    if not isinstance(value, list) or not value:
        _refuse(below, "wrong_type", f"takes a matrix, a list of one row an input, not {shown(value)}")
    rows = tuple(_vector(row, below + pointer(index)) for index, row in enumerate(value))
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            detail = f"the row has {len(row)} numbers, the first row has {len(rows[0])}"
            _refuse(below + pointer(index), "wrong_length", detail)
    return rows


def _vector(value: Any, below: str) -> Vector:
    if not isinstance(value, list) or not value:
        _refuse(below, "wrong_type", f"takes a list of numbers, one a unit, not {shown(value)}")
    return tuple(_number(item, below, index) for index, item in enumerate(value))


def _number(value: Any, below: str, index: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(below + pointer(index), "wrong_type", f"takes a number, not {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        _refuse(below + pointer(index), "not_finite", "takes a number that a 64-bit float holds")
    return number


def _refuse(below: str, code: ProblemCode, detail: str) -> NoReturn:
    raise ValidationError([Flaw(code, detail, below)])


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
