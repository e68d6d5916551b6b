"""What is learnt of a numeric column: what stands in for a missing value, and the numbers of `(v - offset) / scale`."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Scaling = Literal["none", "standard", "minmax", "robust"]

MOST_KNOTS = 1000

_EPSILON = float(np.finfo(np.float64).eps)


def fit_scaling(how: Scaling, values: Vector) -> tuple[float, float]:
    """Return offset and scale of `values`, at least one and no NaN, such that `(v - offset) / scale` is scaled.

    `standard` is scikit-learn's StandardScaler (mean, population standard deviation), `minmax` its MinMaxScaler onto
    0 to 1, `robust` its RobustScaler (median, quartiles' distance); a constant column
    has scale 1. Numbers too large for float64's range give a non-finite result.
    """
    if how == "none":
        return 0.0, 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        if how == "standard":
            return float(values.mean()), _deviation(values)
        if how == "robust":
            lower, middle, upper = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
            return middle, _distance(lower, upper)
        least, most = float(values.min()), float(values.max())
        return least, _distance(least, most)


def fit_knots(values: Vector) -> tuple[float, ...]:
    """Return quantiles of `values`, evenly spaced from 0 to 1, at most 1000: scikit-learn's QuantileTransformer's."""
    return tuple(np.quantile(values, np.linspace(0, 1, min(MOST_KNOTS, max(2, len(values))))).tolist())


def ranks(values: Vector, knots: Vector) -> Vector:
    """Return where values lie among `knots`, 0 to 1: the mean of both sides of what many values share."""
    shares = np.linspace(0, 1, len(knots))
    from_below = np.interp(values, knots, shares)
    from_above = -np.interp(-values, -knots[::-1], -shares[::-1])
    found: Vector = 0.5 * (from_below + from_above)
    return found


def _distance(least: float, most: float) -> float:
    return most - least if most - least >= 10 * _EPSILON else 1.0


def _deviation(values: Vector) -> float:
    average, variance = float(values.mean()), float(values.var())
    # Equal numbers rarely average to themselves. What rounding alone can explain is constant: StandardScaler's bound.
    drift = len(values) * _EPSILON * average
    rounding = len(values) * _EPSILON * variance + drift * drift
    return 1.0 if variance <= rounding and variance < math.inf else math.sqrt(variance)


def mean(values: Vector) -> float:
    """Return the mean of values without NaN."""
    with np.errstate(over="ignore"):
        return float(np.mean(values))


def most_frequent(values: NDArray[Any]) -> Any:
    """Return the value that occurs most often, the smallest of several, as scikit-learn's SimpleImputer does."""
    distinct, counts = np.unique(values, return_counts=True)
    return distinct[np.argmax(counts)].item() if distinct.dtype != object else distinct[np.argmax(counts)]
