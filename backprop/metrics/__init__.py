"""How good predictions are, measured by scikit-learn against the truth: figures by name, and reports."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from backprop.errors import Problem
from backprop.metrics.classes import CLASSES, report
from backprop.metrics.labels import LABELS, label_report
from backprop.metrics.metric import Metric, Numbers
from backprop.metrics.values import VALUES
from backprop.spec import Task

__all__ = ["ALWAYS", "MEANINGS", "METRICS", "MOST_EPOCHS", "is_due", "label_report", "measure", "misfits", "report"]

METRICS: Mapping[Task, Mapping[str, Metric]] = MappingProxyType(
    {"classification": CLASSES, "multi_label": LABELS, "regression": VALUES}
)
TARGETS: Mapping[Task, str] = MappingProxyType(
    {"classification": "classes", "multi_label": "labels", "regression": "values"}
)
# What every job's results tell, asked for or not.
ALWAYS: Mapping[Task, tuple[str, ...]] = MappingProxyType(
    {
        "classification": ("accuracy",),
        "multi_label": ("accuracy", "hamming_loss", "f1_micro", "f1_macro"),
        "regression": ("r2", "rmse", "mae"),
    }
)
MOST_EPOCHS: Final = 200  # of a job are measured


def _meanings() -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(name for figures in METRICS.values() for name in figures):
        meanings = {task: figures[name].meaning for task, figures in METRICS.items() if name in figures}
        first, *others = meanings.values()
        yield name, "; ".join([first, *(f"of labels: {meaning}" for meaning in others)])


# What each figure says, by its name.
MEANINGS: Mapping[str, str] = MappingProxyType(dict(_meanings()))


def measure(task: Task, names: Sequence[str], y: Numbers, a: Numbers) -> dict[str, float | None]:
    """Return a task's metrics by name, y and a being as in `Metric`; None where one is undefined.

    None is one of predictions that are not finite, or too large to be squared; r2 of fewer than two rows; roc_auc where
    a class or label has no row, or every one; log_loss where a row's outputs are all 0; mape where a true value is 0.
    """
    if not np.isfinite(a).all():
        return dict.fromkeys(names)
    with np.errstate(over="ignore", invalid="ignore"):
        found = {name: float(METRICS[task][name].score(y, a)) for name in names}
    return {name: value if np.isfinite(value) else None for name, value in found.items()}


def misfits(names: Sequence[str], task: Task, activation: str, outputs: int) -> list[Problem]:
    """Return what is wrong with asking for these metrics of a network with so many outputs, of that activation."""
    flaws = ((place, _flaw(name, task, activation, outputs)) for place, name in enumerate(names))
    return [Problem(f"#/training/metrics/{place}", "conflict", flaw) for place, flaw in flaws if flaw]


def is_due(epoch: int, epochs: int) -> bool:
    """Return whether an epoch, counted from 1, of a job of so many is to be measured: some, evenly, and the last."""
    return (epoch - 1) % -(-epochs // MOST_EPOCHS) == 0 or epoch == epochs


def _flaw(name: str, task: Task, activation: str, outputs: int) -> str | None:
    metric = METRICS[task].get(name)
    if metric is None:
        about = " or ".join(TARGETS[other] for other, figures in METRICS.items() if name in figures)
        suited = ", ".join(METRICS[task])
        return f"{name} is about {about}, and the target is {TARGETS[task]}; these go with it: {suited}"
    if metric.over and activation not in metric.over:
        return f"{name} takes the output activation {' or '.join(metric.over)}, not {activation}"
    if metric.above and outputs <= metric.above:
        return f"{name} is always 1 with {outputs} classes; leave it out"
    return None
