"""Accuracy: the share of samples whose largest output is at the place of their largest target; of labels, all right."""

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np

from backprop.nn.calls import Array

LIKELY: Final = 0.5  # an output above it says that a sample has its label, as in scikit-learn's MLPClassifier


class Counting(Protocol):
    """Makes a call that counts the columns of a (outputs, batch) that are right by y.

    `fixed`: y is filled already and never changes. With a leading axis the counts are an array (networks,).
    """

    def __call__(self, a: Array, y: Array, fixed: bool = False) -> Callable[[], Any]:
        """See the class."""


def hits(a: Array, y: Array, fixed: bool = False) -> Callable[[], Any]:
    """Counts the columns whose argmax is that of y, the first of equals; a single output is a yes from 0.5 on."""
    if a.ndim > 2:
        return _side_by_side(hits, a, y, fixed)
    if len(a) == 1:
        return lambda: int(np.count_nonzero((a >= 0.5) == (y >= 0.5)))
    if fixed:
        classes = y.argmax(0)
        return lambda: int(np.count_nonzero(a.argmax(0) == classes))
    return lambda: int(np.count_nonzero(a.argmax(0) == y.argmax(0)))


def label_hits(a: Array, y: Array, fixed: bool = False) -> Callable[[], Any]:
    """Counts the columns of which every label is that of y: scikit-learn's accuracy of labels."""
    if a.ndim > 2:
        return _side_by_side(label_hits, a, y, fixed)
    return lambda: int(np.count_nonzero(((a > LIKELY) == (y > LIKELY)).all(0)))


def _side_by_side(count: Counting, a: Array, y: Array, fixed: bool) -> Callable[[], Any]:
    counts = [count(*pair, fixed) for pair in zip(a, y, strict=True)]
    return lambda: np.array([count() for count in counts])
