"""Features fitted: what each column's training rows say of how it is to be encoded."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backprop.data.features import CYCLES, MOST_NAMED, Categorical, Feature, Moment, Numeric, Ordinal
from backprop.data.scaling import Scaling, Vector, fit_knots, fit_scaling, mean, most_frequent
from backprop.data.splits import Indices
from backprop.data.table import Column, Table
from backprop.errors import InvalidError, Problem
from backprop.spec import PreprocessingSpec

Kind = Literal["boolean", "text"]


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
    return tuple(_fit(column, rows, preprocessing) for column in columns)


def _fit(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Feature:
    if column.kind == "numeric":
        return _fit_numeric(column, rows, preprocessing)
    if column.kind == "datetime":
        return _fit_moment(column, rows, preprocessing)
    if preprocessing.categorical == "ordinal":
        return _fit_ordinal(column, rows, preprocessing)
    return _fit_categorical(column, rows, preprocessing)


def _check_any_value(columns: list[Column], rows: Indices) -> None:
    problems = [
        Problem("#/features", "missing_value", f"column {column.name!r} has no value in the training rows")
        for column in columns
        if column.missing_at(rows).all()
    ]
    if problems:
        raise InvalidError(problems[:MOST_NAMED])


def _fit_numeric(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Numeric:
    values, fill = _filled(column, rows, preprocessing, preprocessing.fill)
    indicator = _has_indicator(column, rows, preprocessing)
    least, most = _range(column, rows)
    if preprocessing.numeric == "quantile":
        return Numeric(column.name, 0.0, 1.0, fill, fit_knots(values), indicator, least, most)
    offset, scale = _scaled(column, preprocessing.numeric, values, fill)
    return Numeric(column.name, offset, scale, fill, indicator=indicator, least=least, most=most)


def _fit_moment(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Moment:
    """Times are always scaled: in microseconds they would drown all else."""
    values, fill = _filled(column, rows, preprocessing, 0.0)
    scaling: Scaling = "minmax" if preprocessing.numeric == "minmax" else "standard"
    offset, scale = _scaled(column, scaling, values, fill)
    cycles = tuple(name for name, (length, _) in CYCLES.items() if _moves(values, length))
    return Moment(
        column.name, offset, scale, fill, cycles, _has_indicator(column, rows, preprocessing), *_range(column, rows)
    )


def _range(column: Column, rows: Indices) -> tuple[float, float]:
    """Return the least and the most of the values that are there."""
    present = column.values[rows][~column.missing_at(rows)]
    return float(present.min()), float(present.max())


def _moves(values: Vector, length: float) -> bool:
    """Whether values differ in their place in a cycle, and go on for half a cycle or more."""
    places = np.mod(values, length)
    return bool(np.ptp(places) > 0 and np.ptp(values) >= length / 2)


def _filled(
    column: Column, rows: Indices, preprocessing: PreprocessingSpec, constant: float
) -> tuple[Vector, float | None]:
    """Return the values of these rows without gaps, and what fills them, None where nothing does."""
    values, missing = column.values[rows], column.missing_at(rows)
    present = values[~missing]
    if preprocessing.missing == "constant":
        return np.where(missing, constant, values), constant
    if preprocessing.missing not in _AVERAGES:
        return present, None
    fill = _AVERAGES[preprocessing.missing](present)
    return np.where(missing, fill, values), fill


def _median(values: Vector) -> float:
    with np.errstate(over="ignore"):
        return float(np.median(values))


def _most_frequent(values: Vector) -> float:
    return float(most_frequent(values))


_AVERAGES: Mapping[str, Callable[[Vector], float]] = {"mean": mean, "median": _median, "most_frequent": _most_frequent}


def _scaled(column: Column, how: Scaling, values: Vector, fill: float | None) -> tuple[float, float]:
    offset, scale = fit_scaling(how, values)
    if not all(map(math.isfinite, (offset, scale, fill or 0.0))):
        detail = f"column {column.name!r} has numbers too large to be averaged or scaled"
        raise InvalidError([Problem("#/preprocessing/numeric", "too_large", detail)])
    return offset, scale


def _has_indicator(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> bool:
    return preprocessing.indicators and bool(column.missing_at(rows).any())


def _counted(column: Column, rows: Indices) -> tuple[list[Any], NDArray[np.intp]]:
    """Return the values that occur in these rows, ascending, and how often each does."""
    codes, choices = column.coded
    counts = np.bincount(codes[rows] + 1, minlength=len(choices) + 1)[1:]
    occurring = np.flatnonzero(counts)
    return [choices[place] for place in occurring.tolist()], counts[occurring]


def _kind(column: Column) -> Kind:
    return "boolean" if column.kind == "boolean" else "text"


def _fit_ordinal(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Ordinal:
    values, counts = _counted(column, rows)
    fill = None
    if preprocessing.missing in _AVERAGES:
        fill = float(np.argmax(counts))
    elif preprocessing.missing == "constant":
        fill = -1.0
    places = np.repeat(np.arange(len(values), dtype=np.float64), counts)
    gaps = int(column.missing_at(rows).sum()) if fill is not None else 0
    places = np.concatenate([places, np.full(gaps, fill or 0.0)])
    how: Scaling = "minmax" if preprocessing.numeric == "quantile" else preprocessing.numeric
    offset, scale = fit_scaling(how, places)
    indicator = _has_indicator(column, rows, preprocessing)
    return Ordinal(
        column.name, _kind(column), tuple(values), offset, scale, fill, preprocessing.unseen, indicator
    )  # fmt: skip


def _fit_categorical(column: Column, rows: Indices, preprocessing: PreprocessingSpec) -> Categorical:
    values, counts = _counted(column, rows)
    fill = values[int(np.argmax(counts))] if preprocessing.missing in _AVERAGES else None
    is_kept = _kept(counts, preprocessing)
    rare = tuple(value for value, kept in zip(values, is_kept, strict=True) if not kept)
    return Categorical(
        column.name,
        _kind(column),
        tuple(value for value, kept in zip(values, is_kept, strict=True) if kept),
        fill,
        # Where what was not seen is pooled too, nobody need know the rare ones.
        rare=() if preprocessing.unseen == "pooled" and fill not in rare else rare,
        pooled=bool(rare),
        unseen=preprocessing.unseen,
        gaps=preprocessing.missing == "constant",
        indicator=_has_indicator(column, rows, preprocessing),
    )


def _kept(counts: NDArray[np.intp], preprocessing: PreprocessingSpec) -> list[bool]:
    """Return for each category whether it has an input of its own, as scikit-learn's OneHotEncoder decides."""
    least = preprocessing.rare if preprocessing.rare >= 1 else preprocessing.rare * counts.sum()
    kept = counts >= least
    if kept.sum() + (not kept.all()) > preprocessing.max_categories:
        frequent = np.argsort(counts, kind="stable")[len(counts) + 1 - preprocessing.max_categories :]
        kept &= np.isin(np.arange(len(counts)), frequent)
    flags: list[bool] = kept.tolist()
    return flags
