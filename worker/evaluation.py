"""The evaluation of an ended run: what its network makes of one part of the data, as much of it as is kept."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import metrics
from backprop.data import Encoding
from backprop.store.jobs.evaluations import Evaluated, Pairs, Rows

MOST_CLASSES = 100  # or labels; a report on more would be longer than all else that a job shows
MOST_TARGETS = 4  # the first ones
MOST_PAIRS = 1000  # of one target


def evaluated(encoding: Encoding, rows: Rows, truth: Sequence[Any], predicted: Sequence[Any]) -> Evaluated:
    """Return the evaluation of predictions for the part `rows`, both sides in the form of `Encoding.decode`."""
    count = len(truth)
    if encoding.classes is None:
        return Evaluated(rows, count, pairs=_pairs(encoding.target, truth, predicted))
    if len(encoding.classes) > MOST_CLASSES:
        return Evaluated(rows, count)
    told = metrics.report if encoding.task == "classification" else metrics.label_report
    return Evaluated(rows, count, report=told(encoding.classes, truth, predicted))


def _pairs(targets: Sequence[str], truth: Sequence[Any], predicted: Sequence[Any]) -> Pairs:
    """Return the values of the first targets in rows evenly taken."""
    picked = np.linspace(0, len(truth) - 1, min(len(truth), MOST_PAIRS)).round().astype(np.intp)
    kept = tuple(targets[:MOST_TARGETS])
    return Pairs(kept, _matrix(truth, picked, len(kept)), _matrix(predicted, picked, len(kept)))


def _matrix(values: Sequence[Any], rows: NDArray[np.intp], targets: int) -> NDArray[np.float64]:
    table = np.array([values[row] for row in rows.tolist()], dtype=np.float64)
    return table.reshape(len(table), -1)[:, :targets]
