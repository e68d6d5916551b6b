"""Figures are scikit-learn's, plain floats, and None where there is none."""

import json
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as theirs
from sklearn.metrics import classification_report

from backprop.metrics import MEANINGS, METRICS, MOST_EPOCHS, is_due, measure, misfits, report
from backprop.spec import Task

CLASSES, VALUES = list(METRICS["classification"]), list(METRICS["regression"])

RANDOM = np.random.RandomState(5)
Y = RANDOM.randint(0, 12, 300)
A = RANDOM.dirichlet(np.ones(12), 300) + 0.3 * np.eye(12)[Y]
A /= A.sum(1, keepdims=True)


AVERAGES = ("macro", "weighted")
PREDICTED = A.argmax(1)
EXPECTED: dict[str, Callable[[], float]] = {
    "accuracy": partial(theirs.accuracy_score, Y, PREDICTED),
    **{f"top_{k}_accuracy": partial(theirs.top_k_accuracy_score, Y, A, k=k) for k in (2, 3, 5, 10)},
    **{f"precision_{how}": partial(theirs.precision_score, Y, PREDICTED, average=how) for how in AVERAGES},
    **{f"recall_{how}": partial(theirs.recall_score, Y, PREDICTED, average=how) for how in AVERAGES},
    **{f"f1_{how}": partial(theirs.f1_score, Y, PREDICTED, average=how) for how in AVERAGES},
    "roc_auc": partial(theirs.roc_auc_score, Y, A, multi_class="ovr"),
    "log_loss": partial(theirs.log_loss, Y, A),
}


@pytest.mark.parametrize("name", CLASSES)
def test_figures_of_classes_are_scikit_learns(name: str) -> None:
    assert measure("classification", [name], Y, A)[name] == pytest.approx(EXPECTED[name](), rel=1e-12)


def test_every_figure_has_a_name_and_a_sentence_in_the_documentation() -> None:
    documented = Path("docs/jobs.md").read_text("utf-8")
    assert [name for name in MEANINGS if f"`{name}`" not in documented] == []
    assert all(MEANINGS.values())


def test_of_two_classes_the_curve_is_that_of_the_second() -> None:
    y, a = Y[:50] % 2, A[:50, :2] / A[:50, :2].sum(1, keepdims=True)
    assert measure("classification", ["roc_auc"], y, a)["roc_auc"] == pytest.approx(theirs.roc_auc_score(y, a[:, 1]))


def test_outputs_that_are_no_shares_are_taken_as_shares_of_their_sum() -> None:
    scaled = A * RANDOM.uniform(0.1, 5, (300, 1))
    assert measure("classification", ["log_loss"], Y, scaled)["log_loss"] == pytest.approx(EXPECTED["log_loss"]())


def test_a_class_that_no_row_has_counts_as_it_does_in_the_report() -> None:
    y, a = np.array([0, 0, 1]), np.eye(3)[[0, 1, 1]]
    found = measure("classification", ["f1_macro", "precision_weighted"], y, a)
    expected = report(["a", "b", "c"], ["a", "a", "b"], ["a", "b", "b"])
    assert found == {"f1_macro": expected["macro"]["f1"], "precision_weighted": expected["weighted"]["precision"]}


def test_a_regression_worked_by_hand() -> None:
    # Errors 0, 1, -2 around a mean of 3: squares 5 of 8; root of 5/3; absolute mean 1; shares 0, 1/3, 2/5.
    found = measure("regression", VALUES, np.array([1.0, 3.0, 5.0]), np.array([1.0, 4.0, 3.0]))
    expected = {"mse": 5 / 3, "rmse": math.sqrt(5 / 3), "mae": 1.0, "r2": 1 - 5 / 8, "mape": (1 / 3 + 2 / 5) / 3}
    assert found == {name: pytest.approx(value) for name, value in expected.items()}


def test_several_targets_are_averaged() -> None:
    found = measure("regression", VALUES, np.array([[0.0, 0.0], [2.0, 4.0]]), np.array([[0.0, 0.0], [2.0, 0.0]]))
    assert found["mae"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx((1.0 + (1 - 16 / 8)) / 2)


@pytest.mark.parametrize(
    ("name", "y", "a"),
    [
        ("r2", [1.0], [3.0]),
        ("mape", [0.0, 1.0], [1.0, 1.0]),
        ("roc_auc", [0, 0], [[0.5, 0.5], [0.9, 0.1]]),
        ("roc_auc", [0, 1], [[0.5, 0.4, 0.1], [0.9, 0.1, 0.0]]),
        ("log_loss", [0, 1], [[0.5, 0.4], [0.0, 0.0]]),
    ],
)
def test_what_is_undefined_is_none(name: str, y: list[float], a: list[Any]) -> None:
    task: Task = "regression" if name in VALUES else "classification"
    assert measure(task, [name], np.array(y), np.array(a)) == {name: None}


@pytest.mark.parametrize("value", [math.inf, math.nan, 1e200])
def test_no_figure_is_ever_nan_or_infinite(value: float) -> None:
    json.dumps(measure("regression", VALUES, np.array([1.0, 2.0]), np.array([1.0, value])), allow_nan=False)
    outputs = np.where(np.eye(12)[Y] > 0, value, 0.5)
    json.dumps(measure("classification", CLASSES, Y, outputs), allow_nan=False)


def test_a_figure_of_the_other_task_is_refused_with_those_that_go() -> None:
    problem = misfits(["f1_macro", "r2"], "classification", "softmax", 3)[0]
    assert (problem.pointer, problem.code) == ("#/training/metrics/1", "conflict")
    assert all(name in problem.detail for name in CLASSES)
    assert "mape" not in problem.detail


def test_figures_that_would_say_nothing_are_refused() -> None:
    assert misfits(["top_3_accuracy"], "classification", "softmax", 4) == []
    assert "always 1" in misfits(["top_3_accuracy"], "classification", "softmax", 3)[0].detail
    assert "not identity" in misfits(["log_loss"], "classification", "identity", 3)[0].detail


@pytest.mark.parametrize("epochs", [1, 2, MOST_EPOCHS, MOST_EPOCHS + 1, 5 * MOST_EPOCHS, 1_000_001])
def test_few_epochs_are_all_due_and_many_evenly_with_the_last(epochs: int) -> None:
    due = [epoch for epoch in range(1, epochs + 1) if is_due(epoch, epochs)]
    assert (due[0], due[-1]) == (1, epochs)
    assert len(due) == epochs if epochs <= MOST_EPOCHS else MOST_EPOCHS / 2 <= len(due) <= MOST_EPOCHS + 1
    assert len(set(np.diff(due[:-1]))) <= 1


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
    expected = classification_report(y, a, labels=[0, 1, 2], output_dict=True, zero_division=0)
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
    for ours, name in ((found["macro"], "macro avg"), (found["weighted"], "weighted avg")):
        assert ours == {key: pytest.approx(expected[name][their]) for key, their in names.items()}
    for code, (label, ours) in enumerate(zip(classes, found["per_class"], strict=True)):
        figures = {key: pytest.approx(expected[str(code)][their]) for key, their in names.items()}
        assert ours == {"class": label, "support": expected[str(code)]["support"], **figures}
