"""Ranges: which cells of instances lie outside what training saw of their features, for answers to warn of them."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.features import Categorical, Feature, Moment, Numeric, Ordinal
from backprop.data.flaws import MOST_NAMED, in_record, in_row
from backprop.data.inputs import InputEncoding, Matrix
from backprop.datasets.times import time_text
from backprop.errors import Problem

SMALL = 1000  # up to about so many numbers, bytes are compared in a third of the time

Cell = tuple[int, int]  # row and feature


class Ranges:
    """What training saw of each feature. Features of models that did not keep their range are never outside of it."""

    def __init__(self, encoding: InputEncoding) -> None:
        self._encoding = encoding
        self._walked = tuple(place for place, feature in enumerate(encoding.features) if _is_walked(feature))

    def outside(self, x: Matrix, given: Any) -> list[Problem]:
        """Return a warning for each cell of `given` (rows, records or an array, encoded as x) outside of the ranges.

        The first hundred, by rows, with pointers relative to `given`. Numbers as large as the range's ends in the
        network's own precision are not outside.
        """
        if not self._walked and self._is_within(x):
            return []
        cells = [*self._beyond(x), *islice(self._unusual(given), MOST_NAMED)]
        place = in_record(self._encoding) if type(given[0]) is dict else in_row
        told = ((cell, self._sentence(given, cell)) for cell in sorted(cells))
        warnings = (Problem(place(*cell), "outside_training", detail) for cell, detail in told if detail is not None)
        return [*islice(warnings, MOST_NAMED)]

    @cached_property
    def _bounds(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The least and the most of each input, (inputs,), infinite for those that have no range.

        Scaling and rounding keep numbers in order, so that what is beyond these in x was beyond them before.
        """
        encoding = self._encoding
        numbers = [encoding.features[place] for place in encoding.numeric]
        ends = np.array([[_end(feature, name) for feature in numbers] for name in ("least", "most")])
        least, most = np.full(encoding.width, -np.inf), np.full(encoding.width, np.inf)
        at = np.array([encoding.starts[place] for place in encoding.numeric], np.intp)
        known = ~np.isnan(ends[0])
        encoded = encoding.encode(np.where(known, ends, 0.0), [])[:, at]
        is_told = known & np.array([place not in self._walked for place in encoding.numeric], bool)
        least[at], most[at] = np.where(is_told, encoded, [[-np.inf], [np.inf]])
        return least.astype(encoding.dtype), most.astype(encoding.dtype)

    def _is_within(self, x: Matrix) -> bool:
        least, most = self._bounds
        if x.size < SMALL:
            return bool(np.minimum(np.maximum(x, least), most).tobytes() == x.tobytes())
        return not bool(((x < least) | (x > most)).any())

    def _beyond(self, x: Matrix) -> list[Cell]:
        """Return the first cells, by rows, whose inputs are beyond the bounds: as many as are ever told."""
        least, most = self._bounds
        rows, columns = np.divmod(np.flatnonzero((x < least) | (x > most))[:MOST_NAMED], x.shape[1])
        return [
            (row, self._encoding.feature_of(column))
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ]

    def _unusual(self, given: Any) -> Iterator[Cell]:
        for row in range(len(given)):
            for place in self._walked:
                if self._sentence(given, (row, place)) is not None:
                    yield row, place

    def _sentence(self, given: Any, cell: Cell) -> str | None:
        """Return how a cell differs from what training saw; None where it does not, or is missing."""
        row, place = cell
        feature = self._encoding.features[place]
        value = given[row].get(feature.name) if type(given[row]) is dict else given[row][place]
        return None if value is None else _difference(feature, value)


def _is_walked(feature: Feature) -> bool:
    """Whether x does not tell what was outside: ranks end at the ends, and a category not seen switches nothing on."""
    if isinstance(feature, Numeric | Moment):
        return isinstance(feature, Numeric) and bool(feature.knots)
    # Where what was not seen is pooled with rare ones, the model does not know these from each other.
    return feature.unseen != "error" and not getattr(feature, "pooled", False)


def _end(feature: Feature, name: str) -> float:
    end = getattr(feature, name, None)
    return np.nan if end is None else float(end)


def _difference(feature: Feature, value: Any) -> str | None:
    if isinstance(feature, Categorical | Ordinal):
        is_known = value in feature.categories or value in getattr(feature, "rare", ())
        return None if is_known else f"{feature.name!r} had no such value in training"
    number, least, most = feature.number(value), feature.least, feature.most
    if least is None or most is None or not (number < least or number > most):  # NaN is a missing value
        return None
    show = time_text if isinstance(feature, Moment) else repr
    return f"{feature.name!r} went from {show(least)} to {show(most)} in training"
