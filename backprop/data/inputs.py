"""From columns to the network's input matrix x: each feature at its place, filled, scaled, or spread to categories."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backprop.data.features import Categorical, Feature, Moment, NumberLike, Numeric, Ordinal
from backprop.data.scaling import Vector
from backprop.data.splits import Indices
from backprop.data.table import Column, Table
from backprop.errors import InvalidError, Problem

Matrix = NDArray[Any]  # float32 or float64, by the encoding's dtype
Switched = Sequence[Sequence[int] | NDArray[np.intp]]

BLOCK = 8192  # rows encoded at a time at most, and numbers, so that float64 temporaries stay small
BLOCK_NUMBERS = 2**19


@dataclass(frozen=True)
class InputEncoding:
    """The features in the order of the network's inputs; arithmetic is in float64, the result in `dtype`."""

    features: tuple[Feature, ...]
    dtype: Literal["float32", "float64"]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features' names in order."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def width(self) -> int:
        """The number of network inputs."""
        return sum(feature.width for feature in self.features)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The first input of each feature."""
        return tuple(accumulate((feature.width for feature in self.features[:-1]), initial=0))

    @cached_property
    def numeric(self) -> tuple[int, ...]:
        """The places of the number-like features among all."""
        return tuple(place for place, feature in enumerate(self.features) if not isinstance(feature, Categorical))

    @cached_property
    def converted(self) -> tuple[int, ...]:
        """The places, among the number-like features, of those whose raw values are no numbers."""
        return tuple(place for place, feature in enumerate(self._number_like) if not isinstance(feature, Numeric))

    @cached_property
    def categorical(self) -> tuple[tuple[int, Categorical], ...]:
        """The categorical features, with their places among all."""
        return tuple((place, found) for place, found in enumerate(self.features) if isinstance(found, Categorical))

    @cached_property
    def inputs_of(self) -> dict[int, dict[Any, int]]:
        """For the place of each categorical feature: the input that a value switches on; None is a missing value."""
        return {place: feature.inputs(self.starts[place]) for place, feature in self.categorical}

    @cached_property
    def _number_like(self) -> tuple[NumberLike, ...]:
        return tuple(feature for feature in self.features if not isinstance(feature, Categorical))

    @cached_property
    def _numbers(self) -> tuple[Vector, Vector, Vector]:
        """Offset, scale and fill (NaN for none) of the number-like features."""
        found = self._number_like
        fills = [np.nan if feature.fill is None else feature.fill for feature in found]
        return np.array([f.offset for f in found]), np.array([f.scale for f in found]), np.array(fills)

    @cached_property
    def _numeric_inputs(self) -> NDArray[np.intp]:
        return np.array([self.starts[place] for place in self.numeric], dtype=np.intp)

    @cached_property
    def _mapped(self) -> tuple[tuple[int, Numeric], ...]:
        numbers = ((place, found) for place, found in enumerate(self._number_like) if isinstance(found, Numeric))
        return tuple((place, found) for place, found in numbers if found.knots)

    @cached_property
    def _moments(self) -> tuple[tuple[int, int, Moment], ...]:
        """Times with cycles: their place among the number-like features, and the input after their first."""
        return tuple(
            (place, start + 1, feature)
            for place, (start, feature) in enumerate(zip(self._numeric_inputs.tolist(), self._number_like, strict=True))
            if isinstance(feature, Moment) and feature.cycles
        )

    @cached_property
    def _indicators(self) -> tuple[list[int], list[int]]:
        """The places among the number-like features that have an indicator, and its input."""
        found = [
            (place, start + feature.width - 1)
            for place, (start, feature) in enumerate(zip(self._numeric_inputs.tolist(), self._number_like, strict=True))
            if feature.indicator
        ]
        return [place for place, _ in found], [start for _, start in found]

    def encode(self, numbers: NDArray[np.float64], switched: Switched) -> Matrix:
        """Return x, (rows, inputs), C-contiguous, possibly infinite where a number is beyond the dtype's range.

        `numbers`, (rows, number-like features), has NaN for missing and is overwritten; each of `switched` holds an
        input that each row switches on, -1 for none.
        """
        offset, scale, fill = self._numbers
        missing = np.isnan(numbers)
        if missing.any():
            np.copyto(numbers, fill, where=missing)
        with np.errstate(over="ignore"):
            if not switched and self.width == len(self._number_like):
                self._scale(numbers, offset, scale)
                return numbers.astype(self.dtype)
            x = np.zeros((len(numbers), self.width), self.dtype)
            self._spread(x, numbers, missing)
            self._scale(numbers, offset, scale)
            x[:, self._numeric_inputs] = numbers
        _switch(x, switched)
        return x

    def _scale(self, numbers: NDArray[np.float64], offset: Vector, scale: Vector) -> None:
        for place, feature in self._mapped:
            numbers[:, place] = feature.mapped(numbers[:, place])
        numbers -= offset
        numbers /= scale

    def _spread(self, x: Matrix, numbers: NDArray[np.float64], missing: NDArray[np.bool_]) -> None:
        """Fill in the inputs beside each number-like feature's first."""
        for place, start, feature in self._moments:
            for turn, values in enumerate(feature.turns(numbers[:, place])):
                x[:, start + turn] = values
        places, inputs = self._indicators
        if places:
            x[:, inputs] = missing[:, places]

    def encode_table(self, table: Table, rows: Indices) -> Matrix:
        """Return x of the table's `rows`, C-contiguous and finite.

        A category that was not fitted switches nothing on, or what is pooled: a rare value among the rows held out does
        not sink a job. InvalidError where a value is missing and not filled, or too large for the dtype.
        """
        x = np.empty((len(rows), self.width), self.dtype)
        start = 0
        for block in self.blocks(table, rows):
            x[start : start + len(block)] = block
            start += len(block)
        return x

    def blocks(self, table: Table, rows: Indices) -> Iterator[Matrix]:
        """Yield what `encode_table` returns, some rows at a time."""
        self._check_missing(table, rows)
        for block, x in self._encoded(table, rows):
            self._check_range(x, block)
            yield x

    def encode_filled(self, table: Table, rows: Indices) -> Matrix:
        """Return x of `rows` in which no value is missing that is not filled, possibly infinite as of `encode`."""
        return np.concatenate([np.empty((0, self.width), self.dtype), *(x for _, x in self._encoded(table, rows))])

    def _encoded(self, table: Table, rows: Indices) -> Iterator[tuple[Indices, Matrix]]:
        """Yield some of the rows at a time, and their x."""
        numeric = [_floats(feature, table.column(feature.name)) for feature in self._number_like]
        lookups = [self._lookup(place, feature, table.column(feature.name)) for place, feature in self.categorical]
        size = max(1, min(BLOCK, BLOCK_NUMBERS // self.width))
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            numbers = np.empty((len(block), len(numeric)))
            for place, values in enumerate(numeric):
                numbers[:, place] = values(block)
            switched = [inputs[codes[block]] for codes, found in lookups for inputs in found]
            yield block, self.encode(numbers, switched)

    def _lookup(self, place: int, feature: Categorical, column: Column) -> tuple[NDArray[np.int32], list[NDArray[Any]]]:
        """Return a column's codes, and for each code the inputs to switch on, that of a missing value last."""
        codes, choices = column.coded
        inputs, start = self.inputs_of[place], self.starts[place]
        unseen = feature.unseen_input(start)
        found = [np.array([*(inputs.get(choice, unseen) for choice in choices), inputs.get(None, -1)], np.intp)]
        if feature.indicator:
            found.append(np.array([*[-1] * len(choices), start + feature.width - 1], np.intp))
        return codes, found

    def feature_of(self, column: int) -> int:
        """Return the place of the feature that an input belongs to."""
        return bisect_right(self.starts, column) - 1

    def _check_missing(self, table: Table, rows: Indices) -> None:
        for feature in self.features:
            if feature.fill is not None or getattr(feature, "gaps", False):
                continue
            missing = table.column(feature.name).missing_at(rows)
            if missing.any():
                remedy = "take mean, most_frequent or drop"
                detail = f"column {feature.name!r} has no value in row {rows[missing].min()}; {remedy}"
                raise InvalidError([Problem("#/preprocessing/missing", "missing_value", detail)])

    def _check_range(self, x: Matrix, rows: Indices) -> None:
        if not np.isfinite(x).all():
            row, column = np.argwhere(~np.isfinite(x))[0].tolist()
            detail = f"column {self.names[self.feature_of(column)]!r}, row {rows[row]}: too large for {self.dtype}"
            raise InvalidError([Problem("#/training/dtype", "too_large", detail)])


def _floats(feature: NumberLike, column: Column) -> Callable[[Indices], Vector]:
    """Return what gives a number-like feature's values at some rows, NaN for missing."""
    if not isinstance(feature, Ordinal):
        return column.values.__getitem__
    codes, choices = column.coded
    places = {category: float(place) for place, category in enumerate(feature.categories)}
    numbers: Vector = np.array([*(places.get(choice, -1.0) for choice in choices), np.nan])
    return lambda rows: numbers[codes[rows]]


def _switch(x: Matrix, switched: Switched) -> None:
    flat, width = x.reshape(-1), x.shape[1]
    if len(x) < 64:  # a few rows are quicker without arrays
        rows = range(0, x.size, width)
        ones = [row + at for inputs in switched for row, at in zip(rows, inputs, strict=True) if at >= 0]
        flat[ones] = 1.0
        return
    firsts = np.arange(0, x.size, width)
    for inputs in switched:
        places = np.asarray(inputs)
        flat[(firsts + places)[places >= 0]] = 1.0
