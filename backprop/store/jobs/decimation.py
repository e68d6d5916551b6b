"""Decimation: some of very many epochs, chosen so that a curve drawn through them looks as one through all."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


def pick(values: NDArray[np.float64], most: int) -> Indices:
    """Return the places, ascending, of at most `most` (2 or more) of the values: the first and last, and the extremes.

    The rest is cut into equal stretches, and of each the smallest and the largest value are taken, so that no spike is
    lost. What is not finite is an extreme of its own.
    """
    count, stretches = len(values), (most - 2) // 2
    if count <= most:
        return np.arange(count)
    ends = np.array([0, count - 1], np.intp)
    if stretches == 0:
        return ends
    length = -(-count // stretches)
    padded = np.resize(values, stretches * length)
    padded[count:] = values[-1]
    rows = padded.reshape(stretches, length)
    starts = np.arange(stretches) * length
    # argmin and argmax take a NaN for the extreme that it is.
    extremes = np.concatenate([starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)])
    return np.unique(np.concatenate([ends, np.minimum(extremes, count - 1)]))
