"""Accuracy: the share of samples whose largest output is at the place of their largest target."""

from collections.abc import Callable

import numpy as np

from backprop.nn.calls import Array


def hits(a: Array, y: Array) -> Callable[[], int]:
    """A call that counts the columns of a (outputs, batch) whose argmax is that of y; the first of equals counts.

    A single output is a yes from 0.5 on. Reading both as one comparison with the largest of the column is several times faster than two argmax; it is
    wrong where a column has its largest value twice, and then (or at a NaN) argmax decides.
    """
    outputs, batch = a.shape
    if outputs == 1:
        return lambda: int(np.count_nonzero((a >= 0.5) == (y >= 0.5)))
    largest, largest_target = np.empty(batch, a.dtype), np.empty(batch, a.dtype)
    at, at_target = np.empty(a.shape, np.bool_), np.empty(a.shape, np.bool_)

    def count() -> int:
        np.maximum.reduce(a, 0, None, largest)
        np.equal(a, largest, at)
        np.maximum.reduce(y, 0, None, largest_target)
        np.equal(y, largest_target, at_target)
        if np.count_nonzero(at) == batch == np.count_nonzero(at_target):
            np.logical_and(at, at_target, at)
            return int(np.count_nonzero(at))
        return int(np.count_nonzero(a.argmax(0) == y.argmax(0)))

    return count
