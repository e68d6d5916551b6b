"""Accuracy: the share of samples whose largest output is at the place of their largest target."""

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop.nn.calls import Array


def hits(a: Array, y: Array, fixed: bool = False) -> Callable[[], Any]:
    """A call that counts the columns of a (outputs, batch) whose argmax is that of y; the first of equals counts.

    A single output is a yes from 0.5 on. `fixed`: y is filled already and never changes. With a leading axis the counts
    are an array (networks,).
    """
    if a.ndim > 2:
        counts = [hits(*pair, fixed) for pair in zip(a, y, strict=True)]
        return lambda: np.array([count() for count in counts])
    if len(a) == 1:
        return lambda: int(np.count_nonzero((a >= 0.5) == (y >= 0.5)))
    if fixed:
        classes = y.argmax(0)
        return lambda: int(np.count_nonzero(a.argmax(0) == classes))
    return lambda: int(np.count_nonzero(a.argmax(0) == y.argmax(0)))
