"""Accuracy: the share of samples whose largest output is at the place of their largest target."""

from collections.abc import Callable

import numpy as np

from backprop.nn.calls import Array


def hits(a: Array, y: Array, fixed: bool = False) -> Callable[[], int]:
    """A call that counts the columns of a (outputs, batch) whose argmax is that of y; the first of equals counts.

    A single output is a yes from 0.5 on. `fixed`: y is filled already and never changes.
    """
    if len(a) == 1:
        return lambda: int(np.count_nonzero((a >= 0.5) == (y >= 0.5)))
    if fixed:
        classes = y.argmax(0)
        return lambda: int(np.count_nonzero(a.argmax(0) == classes))
    return lambda: int(np.count_nonzero(a.argmax(0) == y.argmax(0)))
