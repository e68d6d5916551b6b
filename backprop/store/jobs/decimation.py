"""Decimation: some of very many epochs, chosen so that curves drawn through them look as those through all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]
Curve = NDArray[np.float64]


def pick(curves: Sequence[Curve], most: int) -> Indices:
    """Return the places, ascending, of at most `most` (2 or more) of the epochs: the first, the last, the extremes.

    The epochs are cut into equal stretches, and of each stretch the smallest and the largest finite value of each curve
    is taken, so that no spike is lost. Where `most` leaves room for fewer, the first curves' extremes of all are.
    """
    count = len(curves[0])
    if count <= most:
        return np.arange(count)
    stretches = max(1, (most - 2) // (2 * len(curves)))
    extremes = np.concatenate([_extremes(curve, stretches) for curve in curves])[: most - 2]
    return np.unique(np.concatenate([np.array([0, count - 1], np.intp), extremes]))


def _extremes(curve: Curve, stretches: int) -> Indices:
    rows = np.pad(curve, (0, -len(curve) % stretches), mode="edge").reshape(stretches, -1)
    starts = np.arange(stretches) * rows.shape[1]
    is_finite = np.isfinite(rows)
    lowest = np.where(is_finite, rows, np.inf).argmin(axis=1)
    highest = np.where(is_finite, rows, -np.inf).argmax(axis=1)
    places: Indices = np.minimum(np.concatenate([starts + lowest, starts + highest]), len(curve) - 1)
    return places
