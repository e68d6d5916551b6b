"""Figures of labels are scikit-learn's, plain floats, and None where there is none."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as theirs

from backprop.metrics import METRICS, label_report, measure, misfits

LABELS = list(METRICS["multi_label"])
AVERAGES = ("micro", "macro", "weighted")
RANDOM = np.random.RandomState(7)
Y = RANDOM.randint(0, 2, (200, 4))
A = np.clip(Y * 0.3 + RANDOM.uniform(0, 0.8, (200, 4)), 0, 1)
FOUND = A > 0.5
EXPECTED: dict[str, Callable[[], float]] = {
    "accuracy": partial(theirs.accuracy_score, Y, FOUND),
    "hamming_loss": partial(theirs.hamming_loss, Y, FOUND),
    **{f"precision_{how}": partial(theirs.precision_score, Y, FOUND, average=how) for how in AVERAGES},
    **{f"recall_{how}": partial(theirs.recall_score, Y, FOUND, average=how) for how in AVERAGES},
    **{f"f1_{how}": partial(theirs.f1_score, Y, FOUND, average=how) for how in AVERAGES},
    "roc_auc": partial(theirs.roc_auc_score, Y, A),
}


@pytest.mark.parametrize("name", LABELS)
def test_figures_are_scikit_learns(name: str) -> None:
    assert measure("multi_label", [name], Y, A)[name] == pytest.approx(EXPECTED[name](), rel=1e-12)


@pytest.mark.parametrize("y", [np.zeros((3, 2), int), np.ones((3, 2), int), np.array([[0, 1]])])
def test_labels_that_all_rows_or_none_have_leave_the_curve_undefined_and_all_else_told(y: np.ndarray[Any, Any]) -> None:
    found = measure("multi_label", LABELS, y, np.full(y.shape, 0.2))
    assert [name for name, value in found.items() if value is None] == ["roc_auc"]
    json.dumps(found, allow_nan=False)


def test_a_figure_of_classes_alone_is_refused_with_those_of_labels() -> None:
    (problem,) = misfits(["f1_micro", "top_2_accuracy"], "multi_label", "sigmoid", 3)
    assert (problem.pointer, problem.code) == ("#/training/metrics/1", "conflict")
    assert all(name in problem.detail for name in LABELS)
    (problem,) = misfits(["hamming_loss"], "classification", "softmax", 3)
    assert "about labels, and the target is classes" in problem.detail


def test_a_report_worked_by_hand() -> None:
    found = label_report(["hot", "wet"], [[True, 0], [True, 1], [False, 0]], [[True, 0], [False, 1], [True, 0]])
    assert found["labels"] == ["hot", "wet"]
    hot, wet = found["per_label"]
    half = {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert hot == {"label": "hot", **half, "support": 2, "confusion_matrix": [[0, 1], [1, 1]]}
    assert wet == {"label": "wet", **dict.fromkeys(half, 1.0), "support": 1, "confusion_matrix": [[2, 0], [0, 1]]}
    assert found["micro"] == dict.fromkeys(half, pytest.approx(2 / 3))
    assert found["macro"] == dict.fromkeys(half, 0.75)
    assert found["weighted"] == dict.fromkeys(half, pytest.approx(2 / 3))


def test_a_report_has_scikit_learns_figures() -> None:
    found = json.loads(json.dumps(label_report(["a", "b", "c", "d"], Y.tolist(), FOUND.tolist())))
    expected = theirs.classification_report(Y, FOUND, output_dict=True, zero_division=0)
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
    for average in AVERAGES:
        figures = expected[f"{average} avg"]
        assert found[average] == {ours: pytest.approx(figures[name]) for ours, name in names.items()}
    assert [label["support"] for label in found["per_label"]] == Y.sum(0).tolist()


def test_of_a_label_that_no_row_has_0_stands_for_what_is_undefined() -> None:
    found = label_report(["a", "b"], [[0, 0]], [[0, 0]])
    assert found["weighted"] == found["macro"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
