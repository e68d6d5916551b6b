"""Scales and fills are scikit-learn's."""

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from backprop.data.scaling import fit_scaling, mean, most_frequent

X = np.random.RandomState(0).normal(3.0, 7.0, size=(50, 4))


@pytest.mark.parametrize(("how", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_scaled_columns_are_scikit_learns(how: str, scaler: StandardScaler | MinMaxScaler) -> None:
    offset, scale = fit_scaling(how, X)  # type: ignore[arg-type]
    assert np.allclose((X - offset) / scale, scaler.fit_transform(X), rtol=1e-13, atol=1e-14)


def test_standard_divides_by_the_population_standard_deviation() -> None:
    offset, scale = fit_scaling("standard", np.array([[1.0], [3.0]]))
    assert (offset.tolist(), scale.tolist()) == ([2.0], [1.0])


@pytest.mark.parametrize("how", ["none", "standard", "minmax"])
def test_a_constant_column_has_scale_one(how: str) -> None:
    # The mean of three times 0.1 is not 0.1, so that a naive deviation would be 1e-17 and not 0.
    assert fit_scaling(how, np.full((3, 1), 0.1))[1].tolist() == [1.0]  # type: ignore[arg-type]


def test_none_leaves_numbers_as_they_are() -> None:
    offset, scale = fit_scaling("none", X)
    assert np.array_equal((X - offset) / scale, X)


@pytest.mark.parametrize("how", ["standard", "minmax"])
def test_too_large_numbers_give_non_finite_scales_without_a_warning(how: str) -> None:
    assert not np.isfinite(fit_scaling(how, np.array([[-1.7e308], [1.7e308]]))).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", ["mean", "most_frequent"])
def test_fills_are_those_of_scikit_learns_imputer(strategy: str) -> None:
    values = np.array([4.0, 1.0, 4.0, 1.0, 7.5])
    fill = mean(values) if strategy == "mean" else most_frequent(values)
    assert fill == SimpleImputer(strategy=strategy).fit(values[:, np.newaxis]).statistics_[0]


def test_the_most_frequent_text_is_the_first_of_several() -> None:
    assert most_frequent(np.array(["b", "a", "b", "a", "c"], dtype=object)) == "a"
