"""Figures of labels, of which each row has any number, and the report of how well each was found."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    hamming_loss,
    multilabel_confusion_matrix,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
    roc_auc_score,
)

from backprop.metrics.metric import Metric, Numbers
from backprop.nn import LIKELY

Average = Literal["micro", "macro", "weighted"]

AVERAGES: Mapping[Average, str] = MappingProxyType(
    {
        "micro": "over all rows and labels together",
        "macro": "the plain mean over the labels",
        "weighted": "the mean over the labels, weighted by the rows that have them",
    }
)


def _by_label(measure: Callable[..., float], average: Average, y: Numbers, a: Numbers) -> float:
    """Return a mean as `label_report` has it: 0 stands for a label for which the figure is undefined."""
    return measure(y, a > LIKELY, average=average, zero_division=0.0)


def _accuracy(y: Numbers, a: Numbers) -> float:
    return float(accuracy_score(y, a > LIKELY))


def _hamming_loss(y: Numbers, a: Numbers) -> float:
    return float(hamming_loss(y, a > LIKELY))


def _roc_auc(y: Numbers, a: Numbers) -> float:
    """It is undefined where every row has a label, or none has it."""
    if y.all(0).any() or not y.any(0).all():
        return np.nan
    return float(roc_auc_score(y, a, average="macro"))


def _figures() -> Iterator[tuple[str, Metric]]:
    yield "accuracy", Metric("the share of rows of which every label is right", _accuracy)
    yield "hamming_loss", Metric("the share of all rows' labels that are wrong", _hamming_loss)
    for name, measure in {"precision": precision_score, "recall": recall_score, "f1": f1_score}.items():
        for average, words in AVERAGES.items():
            yield f"{name}_{average}", Metric(f"{name}, {words}", partial(_by_label, measure, average))
    yield "roc_auc", Metric("the area under the ROC curve of each label's output, their mean", _roc_auc)


LABELS: Mapping[str, Metric] = MappingProxyType(dict(_figures()))


def label_report(names: Sequence[Any], truth: Sequence[Any], predicted: Sequence[Any]) -> dict[str, Any]:
    """Return, as JSON, how rows' predicted labels meet the true ones, both lists of true and false, or 1 and 0.

    `per_label` has precision, recall, f1, support and the confusion matrix [[without, taken for with], [with, taken for
    without, with]] as scikit-learn's multilabel_confusion_matrix; `micro`, `macro` and `weighted` their means. As in
    scikit-learn's classification_report, 0 stands where one is undefined.
    """
    y, a = np.array(truth).astype(bool), np.array(predicted).astype(bool)
    *measures, support = precision_recall_fscore_support(y, a, average=None, zero_division=0.0)
    matrices = multilabel_confusion_matrix(y, a).tolist()
    per_label = [
        {
            "label": name,
            **_named([values[place] for values in measures]),
            "support": int(support[place]),
            "confusion_matrix": matrices[place],
        }
        for place, name in enumerate(names)
    ]
    means: dict[str, Any] = {
        average: _named(precision_recall_fscore_support(y, a, average=average, zero_division=0.0)[:3])
        for average in AVERAGES
    }
    return {"labels": [*names], "per_label": per_label, **means}


def _named(figures: Sequence[float]) -> dict[str, float]:
    return dict(zip(("precision", "recall", "f1"), map(float, figures), strict=True))
