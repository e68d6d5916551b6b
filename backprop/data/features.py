"""One feature column as the network sees it: a scaled number, or a one among zeros for the category."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from backprop.codes import ProblemCode
from backprop.data.scaling import fit_scaling, mean, most_frequent
from backprop.data.splits import Indices
from backprop.data.table import Column, Table
from backprop.errors import InvalidError, Problem
from backprop.spec import PreprocessingSpec

_MOST_NAMED = 20


@dataclass(frozen=True)
class Numeric:
    """A numeric column: one input, `(v - offset) / scale`; a missing v is `fill`, or refused where that is None."""

    name: str
    offset: float
    scale: float
    fill: float | None

    kind: ClassVar[Literal["numeric"]] = "numeric"
    width: ClassVar[int] = 1

    def refusal(self, value: Any) -> tuple[ProblemCode, str] | None:
        """Return code and sentence of what is wrong with a raw value from outside, None where nothing is."""
        if value is None:
            return _missing(self)
        if type(value) not in {int, float}:
            return "wrong_type", f"{self.name!r} takes numbers"
        try:
            finite = math.isfinite(value)
        except OverflowError:
            return "too_large", "the number is beyond float64"
        return None if finite else ("not_finite", "the number is not finite")


@dataclass(frozen=True)
class Categorical:
    """A text or boolean column: one input a category, in order; a missing value is `fill`, or refused where None."""

    name: str
    kind: Literal["boolean", "text"]
    categories: tuple[str | bool, ...]
    fill: str | bool | None

    @property
    def width(self) -> int:
        """The number of inputs."""
        return len(self.categories)

    def refusal(self, value: Any) -> tuple[ProblemCode, str] | None:
        """Return code and sentence of what is wrong with a raw value from outside, None where nothing is."""
        if value is None:
            return _missing(self)
        if type(value) is not (bool if self.kind == "boolean" else str):
            return "wrong_type", f"{self.name!r} takes {'true and false' if self.kind == 'boolean' else 'texts'}"
        return None if value in self.categories else ("unknown_category", f"{self.name!r} knows {self._known()} only")

    def _known(self) -> str:
        named = ", ".join(map(repr, self.categories[:_MOST_NAMED]))
        more = len(self.categories) - _MOST_NAMED
        return f"{named} and {more} more" if more > 0 else named


Feature = Numeric | Categorical


def _missing(feature: Feature) -> tuple[ProblemCode, str] | None:
    return ("missing_value", f"{feature.name!r} has no value") if feature.fill is None else None


def fit_features(
    table: Table, rows: Indices, names: tuple[str, ...], preprocessing: PreprocessingSpec
) -> tuple[Feature, ...]:
    """Return the named columns as features fitted on `rows` alone.

    A missing value is filled before scales are measured, as in a scikit-learn pipeline of imputer and scaler.
    InvalidError where a column has no value in these rows, at `#/features`, or numbers too large, at
    `#/preprocessing/numeric`.
    """
    columns = [table.column(name) for name in names]
    _check_any_value(columns, rows)
    return tuple(
        _fit_numeric(column, rows, preprocessing)
        if column.kind == "numeric"
        else _fit_categorical(column, rows, preprocessing)
        for column in columns
    )


def _check_any_value(columns: list[Column], rows: Indices) -> None:
    problems = [
        Problem("#/features", "missing_value", f"column {column.name!r} has no value in the training rows")
        for column in columns
        if column.missing[rows].all()
    ]
    if problems:
        raise InvalidError(problems[:_MOST_NAMED])


def _fit_numeric(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Numeric:
    values, missing = column.values[rows], column.missing[rows]
    present, fill = values[~missing], None
    if preprocessing.missing in {"mean", "most_frequent"}:
        fill = mean(present) if preprocessing.missing == "mean" else float(most_frequent(present))
        values = np.where(missing, fill, values)
    offset, scale = fit_scaling(preprocessing.numeric, present if fill is None else values)
    if not all(map(math.isfinite, (offset, scale, fill or 0.0))):
        detail = f"column {column.name!r} has numbers too large to be averaged or scaled"
        raise InvalidError([Problem("#/preprocessing/numeric", "too_large", detail)])
    return Numeric(column.name, offset, scale, fill)


def _fit_categorical(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Categorical:
    present = column.values[rows][~column.missing[rows]]
    fill = most_frequent(present) if preprocessing.missing in {"mean", "most_frequent"} else None
    kind: Literal["boolean", "text"] = "boolean" if column.kind == "boolean" else "text"
    return Categorical(column.name, kind, tuple(sorted(set(present.tolist()))), fill)
