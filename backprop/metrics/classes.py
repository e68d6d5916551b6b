"""Figures of classes, of which each row has one, and the report of how they were told apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)

from backprop.metrics.metric import PROBABILITIES, Metric, Numbers


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


def _figures() -> Iterator[tuple[str, Metric]]:
    yield "accuracy", Metric("the share of rows whose largest output is their class's", _accuracy)
    for k in (2, 3, 5, 10):
        meaning = f"the share of rows whose class is among those of the {k} largest outputs"
        yield f"top_{k}_accuracy", Metric(meaning, partial(_top, k), above=k)
    measures = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
    averages: Mapping[Literal["macro", "weighted"], str] = {
        "macro": "the plain mean over the classes",
        "weighted": "the mean over the classes, weighted by their rows",
    }
    for name, measure in measures.items():
        for average, words in averages.items():
            yield f"{name}_{average}", Metric(f"{name}, {words}", partial(_by_class, measure, average))
    curve = "the area under the ROC curve of each class's output against the rest, their mean"
    yield "roc_auc", Metric(curve, _roc_auc)
    loss = "minus the mean logarithm of the output of the row's class, outputs taken as shares of their sum"
    yield "log_loss", Metric(loss, _log_loss, over=PROBABILITIES)


CLASSES: Mapping[str, Metric] = MappingProxyType(dict(_figures()))


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
