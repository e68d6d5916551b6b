"""Scales and fills are scikit-learn's."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from backprop.data.scaling import fit_scaling, mean, most_frequent

VALUES = st.lists(st.floats(-1e9, 1e9) | st.sampled_from([0.1, 0.3, 0.1 * 3]), min_size=1, max_size=20)


@pytest.mark.parametrize(("how", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
@given(VALUES)
def test_a_scaled_column_is_scikit_learns(how: Any, scaler: StandardScaler | MinMaxScaler, column: list[float]) -> None:
    values = np.array(column)
    offset, scale = fit_scaling(how, values)
    expected = scaler.fit_transform(values[:, np.newaxis])[:, 0]
    assert np.allclose((values - offset) / scale, expected, rtol=1e-6, atol=1e-6)


def test_standard_divides_by_the_population_standard_deviation() -> None:
    assert fit_scaling("standard", np.array([1.0, 3.0])) == (2.0, 1.0)


@pytest.mark.parametrize("how", ["none", "standard", "minmax"])
def test_a_column_that_rounding_alone_varies_has_scale_one(how: Any) -> None:
    assert fit_scaling(how, np.array([0.1, 0.1, 0.1]))[1] == 1.0
    assert fit_scaling(how, np.array([0.3, 0.1 * 3]))[1] == 1.0
    assert fit_scaling(how, np.array([1e200, 1e200]))[1] == 1.0


def test_none_leaves_numbers_as_they_are() -> None:
    assert fit_scaling("none", np.array([5.0, 7.0])) == (0.0, 1.0)


@pytest.mark.parametrize("how", ["standard", "minmax"])
def test_too_large_numbers_give_a_non_finite_result_without_a_warning(how: Any) -> None:
    assert not np.isfinite(fit_scaling(how, np.array([-1.7e308, 1.7e308]))).all()


@pytest.mark.parametrize("strategy", ["mean", "most_frequent"])
def test_fills_are_those_of_scikit_learns_imputer(strategy: str) -> None:
    values = np.array([4.0, 1.0, 4.0, 1.0, 7.5])
    fill = mean(values) if strategy == "mean" else most_frequent(values)
    assert fill == SimpleImputer(strategy=strategy).fit(values[:, np.newaxis]).statistics_[0]


def test_the_most_frequent_text_is_the_first_of_several() -> None:
    assert most_frequent(np.array(["b", "a", "b", "a", "c"], dtype=object)) == "a"
