"""Scores are scikit-learn's, plain floats, and None where there is none."""

import json
import math

import pytest

from backprop.metrics import scores


@pytest.mark.parametrize(
    ("truth", "predicted"),
    [(["a", "b", "b", "a"], ["a", "b", "a", "c"]), ([True, False, True, True], [True, False, False, False])],
)
def test_accuracy_is_the_share_of_right_labels(truth: list[str | bool], predicted: list[str | bool]) -> None:
    assert scores("classification", truth, predicted) == {"accuracy": 0.5}


def test_labels_that_are_fractions_are_labels_too() -> None:
    assert scores("classification", [0.5, 1.5], [0.5, 0.5]) == {"accuracy": 0.5}


def test_a_regression_worked_by_hand() -> None:
    # Errors 0, 1, -2 around a mean of 3: squares 5 of 8; root of 5/3; absolute mean 1.
    found = scores("regression", [1.0, 3.0, 5.0], [1.0, 4.0, 3.0])
    assert found == {"r2": pytest.approx(1 - 5 / 8), "rmse": pytest.approx(math.sqrt(5 / 3)), "mae": pytest.approx(1.0)}


def test_several_targets_are_averaged() -> None:
    found = scores("regression", [[0.0, 0.0], [2.0, 4.0]], [[0.0, 0.0], [2.0, 0.0]])
    assert found["mae"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx((1.0 + (1 - 16 / 8)) / 2)


def test_one_row_has_no_r2() -> None:
    assert scores("regression", [1.0], [3.0]) == {"r2": None, "rmse": 2.0, "mae": 2.0}


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e200])
def test_no_score_is_ever_nan_or_infinite(value: float) -> None:
    json.dumps(scores("regression", [1.0, 2.0], [1.0, value]), allow_nan=False)
