"""Figures of values, in the targets' own units; of several targets their mean."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)

from backprop.metrics.metric import Metric, Numbers


def _r2(y: Numbers, a: Numbers) -> float:
    return float(r2_score(y, a)) if len(y) > 1 else np.nan


def _mape(y: Numbers, a: Numbers) -> float:
    """Where a true value is 0 it is undefined; scikit-learn has a huge number there."""
    return float(mean_absolute_percentage_error(y, a)) if y.all() else np.nan


VALUES: Mapping[str, Metric] = MappingProxyType(
    {
        "mse": Metric("the mean squared error (the loss of that name is half of it)", mean_squared_error),
        "rmse": Metric("the root of the mean squared error", root_mean_squared_error),
        "mae": Metric("the mean absolute error", mean_absolute_error),
        "r2": Metric("the share of the variance that is explained, R²", _r2),
        "mape": Metric("the mean absolute error as a share of the true value", _mape),
    }
)
