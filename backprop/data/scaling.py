"""What is learnt of numeric columns: what stands in for a missing value, and the numbers of `(v - offset) / scale`."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

Vector = NDArray[np.float64]
Scaling = Literal["none", "standard", "minmax"]


def fit_scaling(how: Scaling, values: NDArray[np.float64]) -> tuple[Vector, Vector]:
    """Return offset and scale of each column of `values`, (rows, columns), such that `(v - offset) / scale` is scaled.

    `standard` is scikit-learn's StandardScaler (mean, population standard deviation), `minmax` maps onto 0 to 1; a
    constant column has scale 1. NaN counts for nothing. Numbers too large for float64's range give non-finite results.
    """
    columns = values.shape[1]
    if how == "none" or columns == 0:
        return np.zeros(columns), np.ones(columns)
    with np.errstate(over="ignore", invalid="ignore"):
        if how == "standard":
            scaler = StandardScaler().fit(values)
            # A variance beyond float64 would pass for a constant column's, whose scale is 1.
            return scaler.mean_, np.where(np.isfinite(scaler.var_), scaler.scale_, np.inf)
        least = np.nanmin(values, axis=0)
        span = np.nanmax(values, axis=0) - least
    return least, np.where(span == 0, 1.0, span)


def mean(values: Vector) -> float:
    """Return the mean of values without NaN."""
    with np.errstate(over="ignore"):
        return float(np.mean(values))


def most_frequent(values: NDArray[Any]) -> Any:
    """Return the value that occurs most often, the smallest of several, as scikit-learn's SimpleImputer does."""
    distinct, counts = np.unique(values, return_counts=True)
    return distinct[np.argmax(counts)].item() if distinct.dtype != object else distinct[np.argmax(counts)]
