"""Scores are scikit-learn's, plain floats, and None where there is none."""

import json
import math

import numpy as np
import pytest
from sklearn.metrics import classification_report

from backprop.metrics import report, scores


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


def test_a_report_worked_by_hand() -> None:
    found = report(["a", "b", "c"], ["a", "a", "b", "b", "b"], ["a", "b", "b", "b", "c"])
    assert found["confusion_matrix"] == [[1, 1, 0], [0, 2, 1], [0, 0, 0]], "true classes down, predicted ones across"
    a, b, c = found["per_class"]
    assert a == {"class": "a", "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2}
    assert (b["precision"], b["recall"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert c == {"class": "c", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert found["macro"]["precision"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert found["weighted"]["recall"] == pytest.approx((2 * 0.5 + 3 * 2 / 3) / 5)


@pytest.mark.parametrize("classes", [["x", "y", "z"], [0.5, 1.5, 2.5], [1, 2, 3]])
def test_a_report_has_scikit_learns_figures(classes: list[str | float]) -> None:
    random = np.random.RandomState(3)
    y, a = random.randint(0, 3, 200), random.randint(0, 2, 200)
    found = json.loads(json.dumps(report(classes, [classes[code] for code in y], [classes[code] for code in a])))
    theirs = classification_report(y, a, labels=[0, 1, 2], output_dict=True, zero_division=0)
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
    for ours, name in ((found["macro"], "macro avg"), (found["weighted"], "weighted avg")):
        assert ours == {key: pytest.approx(theirs[name][their]) for key, their in names.items()}
    for code, (label, ours) in enumerate(zip(classes, found["per_class"], strict=True)):
        expected = {key: pytest.approx(theirs[str(code)][their]) for key, their in names.items()}
        assert ours == {"class": label, "support": theirs[str(code)]["support"], **expected}
