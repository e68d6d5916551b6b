"""How good predictions are, measured by scikit-learn against the truth."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    root_mean_squared_error,
)

_Score = Callable[[NDArray[Any], NDArray[Any]], float]


def scores(
    task: Literal["classification", "regression"], truth: Sequence[Any], predicted: Sequence[Any]
) -> dict[str, float | None]:
    """Return the scores of predictions, both sides in the form of `Encoding.decode`: labels, numbers or lists of these.

    Classification: accuracy. Regression: r2, rmse and mae in the target's own units, means over several targets. None
    stands where a score is undefined: r2 of fewer than two rows, any score of numbers too large to be squared.
    """
    if task == "classification":
        codes = {label: code for code, label in enumerate(dict.fromkeys((*truth, *predicted)))}
        return {"accuracy": float(accuracy_score([codes[a] for a in truth], [codes[a] for a in predicted]))}
    y, a = np.array(truth, dtype=np.float64), np.array(predicted, dtype=np.float64)
    return {
        "r2": _finite(r2_score, y, a) if len(y) > 1 else None,
        "rmse": _finite(root_mean_squared_error, y, a),
        "mae": _finite(mean_absolute_error, y, a),
    }


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


def _finite(score: _Score, truth: NDArray[Any], predicted: NDArray[Any]) -> float | None:
    if not np.isfinite(predicted).all():
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        value = float(score(truth, predicted))
    return value if np.isfinite(value) else None
