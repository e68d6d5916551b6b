"""How good predictions are, measured by scikit-learn against the truth: figures by name, and the report of classes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    precision_recall_fscore_support,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
    top_k_accuracy_score,
)

from backprop.errors import Problem
from backprop.spec import Task

Numbers = NDArray[Any]
Score = Callable[[Numbers, Numbers], float]

TARGETS: Mapping[Task, str] = MappingProxyType({"classification": "classes", "regression": "values"})
# What every job's results tell, asked for or not.
ALWAYS: Mapping[Task, tuple[str, ...]] = MappingProxyType(
    {"classification": ("accuracy",), "regression": ("r2", "rmse", "mae")}
)
PROBABILITIES: Final = ("softmax", "sigmoid", "hard_sigmoid")
MOST_EPOCHS: Final = 200  # of a job are measured


@dataclass(frozen=True)
class Metric:
    """A figure of predictions: `score(y, a)`, NaN where it is undefined.

    For a classification y is (rows,), the place of each row's class, and a (rows, classes), the network's outputs; for
    a regression both are (rows,) or (rows, targets), in the targets' own units, and the figure is the targets' mean.

    over   the output activations that it needs; none named: any
    above  how many classes there must be more of, for it to say anything
    """

    task: Task
    meaning: str
    score: Score
    over: tuple[str, ...] = ()
    above: int = 0


def _by_class(measure: Callable[..., float], average: Literal["macro", "weighted"], y: Numbers, a: Numbers) -> float:
    """Return a mean over all classes, as `report` has it: 0 stands for a class in which the figure is undefined."""
    return measure(y, a.argmax(1), labels=np.arange(a.shape[1]), average=average, zero_division=0.0)


def _accuracy(y: Numbers, a: Numbers) -> float:
    return float(accuracy_score(y, a.argmax(1)))


def _top(k: int, y: Numbers, a: Numbers) -> float:
    return float(top_k_accuracy_score(y, a, k=k, labels=np.arange(a.shape[1])))


def _roc_auc(y: Numbers, a: Numbers) -> float:
    """Each class against the rest: outputs need not add up to 1 over the classes, as they must for "ovr"."""
    is_class = y[:, None] == np.arange(a.shape[1])
    if is_class.all(0).any() or not is_class.any(0).all():
        return np.nan
    return float(roc_auc_score(is_class, a, average="macro"))


def _log_loss(y: Numbers, a: Numbers) -> float:
    """Outputs that do not add up to 1 are divided by their sum, as scikit-learn's OneVsRestClassifier does."""
    total = a.sum(1, dtype=np.float64, keepdims=True)
    if not total.all():
        return np.nan
    return float(log_loss(y, a / total, labels=np.arange(a.shape[1])))


def _r2(y: Numbers, a: Numbers) -> float:
    return float(r2_score(y, a)) if len(y) > 1 else np.nan


def _mape(y: Numbers, a: Numbers) -> float:
    """Where a true value is 0 it is undefined; scikit-learn has a huge number there."""
    return float(mean_absolute_percentage_error(y, a)) if y.all() else np.nan


def _classes() -> Iterator[tuple[str, Metric]]:
    yield "accuracy", Metric("classification", "the share of rows whose largest output is their class's", _accuracy)
    for k in (2, 3, 5, 10):
        meaning = f"the share of rows whose class is among those of the {k} largest outputs"
        yield f"top_{k}_accuracy", Metric("classification", meaning, partial(_top, k), above=k)
    measures = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
    averages: Mapping[Literal["macro", "weighted"], str] = {
        "macro": "the plain mean over the classes",
        "weighted": "the mean over the classes, weighted by their rows",
    }
    for name, measure in measures.items():
        for average, words in averages.items():
            score = partial(_by_class, measure, average)
            yield f"{name}_{average}", Metric("classification", f"{name}, {words}", score)
    curve = "the area under the ROC curve of each class's output against the rest, their mean"
    yield "roc_auc", Metric("classification", curve, _roc_auc)
    loss = "minus the mean logarithm of the output of the row's class, outputs taken as shares of their sum"
    yield "log_loss", Metric("classification", loss, _log_loss, over=PROBABILITIES)


def _values() -> Iterator[tuple[str, Metric]]:
    yield (
        "mse",
        Metric("regression", "the mean squared error (the loss of that name is half of it)", mean_squared_error),
    )
    yield "rmse", Metric("regression", "the root of the mean squared error", root_mean_squared_error)
    yield "mae", Metric("regression", "the mean absolute error", mean_absolute_error)
    yield "r2", Metric("regression", "the share of the variance that is explained, R²", _r2)
    yield "mape", Metric("regression", "the mean absolute error as a share of the true value", _mape)


METRICS: Mapping[str, Metric] = MappingProxyType({**dict(_classes()), **dict(_values())})


def measure(names: Sequence[str], y: Numbers, a: Numbers) -> dict[str, float | None]:
    """Return metrics of one task by name, y and a being as in `Metric`; None where one is undefined.

    None is one of predictions that are not finite, or too large to be squared; r2 of fewer than two rows; roc_auc where
    a class has no row, or every one; log_loss where a row's outputs are all 0; mape where a true value is 0.
    """
    if not np.isfinite(a).all():
        return dict.fromkeys(names)
    with np.errstate(over="ignore", invalid="ignore"):
        found = {name: float(METRICS[name].score(y, a)) for name in names}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def misfits(names: Sequence[str], task: Task, activation: str, outputs: int) -> list[Problem]:
    """Return what is wrong with asking for these metrics of a network with so many outputs, of that activation."""
    flaws = ((place, _flaw(name, task, activation, outputs)) for place, name in enumerate(names))
    return [Problem(f"#/training/metrics/{place}", "conflict", flaw) for place, flaw in flaws if flaw]


def is_due(epoch: int, epochs: int) -> bool:
    """Return whether an epoch, counted from 1, of a job of so many is to be measured: some, evenly, and the last."""
    return (epoch - 1) % -(-epochs // MOST_EPOCHS) == 0 or epoch == epochs


def report(classes: Sequence[Any], truth: Sequence[Any], predicted: Sequence[Any]) -> dict[str, Any]:
    """Return, as JSON, how predicted labels meet the true ones, all of them among `classes`.

    `confusion_matrix` has a row for each true class and a column for each predicted one, in the order of `classes`.
    `per_class` has precision, recall, f1 and support; `macro` their plain means, `weighted` those by support. As in
    scikit-learn's classification_report, 0 stands where one is undefined.
    """
    place = {label: place for place, label in enumerate(classes)}
    y, a = np.array([place[label] for label in truth]), np.array([place[label] for label in predicted])
    labels = np.arange(len(classes))
    *measures, support = precision_recall_fscore_support(y, a, labels=labels, zero_division=0.0)
    named = dict(zip(("precision", "recall", "f1"), measures, strict=True))
    per_class = [
        {"class": label, **{name: float(values[code]) for name, values in named.items()}, "support": int(support[code])}
        for code, label in enumerate(classes)
    ]
    return {
        "classes": [*classes],
        "confusion_matrix": confusion_matrix(y, a, labels=labels).tolist(),
        "per_class": per_class,
        "macro": {name: float(np.mean(values)) for name, values in named.items()},
        "weighted": {name: float(np.average(values, weights=support)) for name, values in named.items()},
    }


def _flaw(name: str, task: Task, activation: str, outputs: int) -> str | None:
    metric = METRICS[name]
    if metric.task != task:
        suited = ", ".join(name for name, other in METRICS.items() if other.task == task)
        return f"{name} is about {TARGETS[metric.task]}, and the target is {TARGETS[task]}; these go with it: {suited}"
    if metric.over and activation not in metric.over:
        return f"{name} takes the output activation {' or '.join(metric.over)}, not {activation}"
    if metric.above and outputs <= metric.above:
        return f"{name} is always 1 with {outputs} classes; leave it out"
    return None
