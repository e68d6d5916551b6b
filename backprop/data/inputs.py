"""From columns to the network's input matrix x: each feature at its place, filled, scaled, or spread to categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backprop.data.features import Categorical, Feature, Numeric
from backprop.data.splits import Indices
from backprop.data.table import Table, matrix
from backprop.errors import InvalidError, Problem

Matrix = NDArray[Any]  # float32 or float64, by the encoding's dtype

_BLOCK = 8192  # rows encoded at a time, so that float64 temporaries stay small


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
        """The places of the numeric features among all."""
        return tuple(place for place, feature in enumerate(self.features) if isinstance(feature, Numeric))

    @cached_property
    def inputs_of(self) -> dict[int, dict[Any, int]]:
        """For the place of each categorical feature: the input that a value switches on; None is a filled value."""
        return {
            place: _inputs_of(feature, self.starts[place])
            for place, feature in enumerate(self.features)
            if isinstance(feature, Categorical)
        }

    @cached_property
    def _numbers(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Offset, scale and fill (NaN for none) of the numeric features."""
        numeric = [feature for feature in self.features if isinstance(feature, Numeric)]
        fills = [np.nan if feature.fill is None else feature.fill for feature in numeric]
        return np.array([f.offset for f in numeric]), np.array([f.scale for f in numeric]), np.array(fills)

    @cached_property
    def _numeric_inputs(self) -> NDArray[np.intp]:
        return np.array([self.starts[place] for place in self.numeric], dtype=np.intp)

    def encode(self, numbers: NDArray[np.float64], switched: Sequence[Sequence[int]]) -> Matrix:
        """Return x, (rows, inputs), C-contiguous, possibly infinite where a number is beyond the dtype's range.

        `numbers`, (rows, numeric features), has NaN for missing and is overwritten; `switched` holds, for each
        categorical feature, the input that each row switches on, -1 for none.
        """
        offset, scale, fill = self._numbers
        missing = np.isnan(numbers)
        if missing.any():
            np.copyto(numbers, fill, where=missing)
        with np.errstate(over="ignore"):
            numbers -= offset
            numbers /= scale
            if not switched:
                return numbers.astype(self.dtype)
            x = np.zeros((len(numbers), self.width), self.dtype)
            x[:, self._numeric_inputs] = numbers
        ones = [
            row + place
            for places in switched
            for row, place in zip(range(0, x.size, self.width), places, strict=True)
            if place >= 0
        ]
        x.reshape(-1)[ones] = 1.0
        return x

    def encode_table(self, table: Table, rows: Indices) -> Matrix:
        """Return x of the table's `rows`, C-contiguous and finite.

        A category that was not fitted switches nothing on: a rare value among the rows held out does not sink a job.
        InvalidError where a value is missing and not filled, or too large for the dtype.
        """
        self._check_missing(table, rows)
        x = np.empty((len(rows), self.width), self.dtype)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            numeric = [table.column(self.names[place]) for place in self.numeric]
            numbers = matrix(numeric, block) if numeric else np.empty((len(block), 0))
            switched = [
                [inputs.get(value, -1) for value in table.column(self.names[place]).values[block]]
                for place, inputs in self.inputs_of.items()
            ]
            x[start : start + _BLOCK] = self.encode(numbers, switched)
        self._check_range(x, rows)
        return x

    def feature_of(self, column: int) -> int:
        """Return the place of the feature that an input belongs to."""
        return int(np.searchsorted(self.starts, column, side="right")) - 1

    def _check_missing(self, table: Table, rows: Indices) -> None:
        for feature in self.features:
            missing = table.column(feature.name).missing[rows]
            if feature.fill is None and missing.any():
                remedy = "take mean, most_frequent or drop"
                detail = f"column {feature.name!r} has no value in row {rows[missing].min()}; {remedy}"
                raise InvalidError([Problem("#/preprocessing/missing", "missing_value", detail)])

    def _check_range(self, x: Matrix, rows: Indices) -> None:
        if not np.isfinite(x).all():
            row, column = np.argwhere(~np.isfinite(x))[0].tolist()
            detail = f"column {self.names[self.feature_of(column)]!r}, row {rows[row]}: too large for {self.dtype}"
            raise InvalidError([Problem("#/training/dtype", "too_large", detail)])


def _inputs_of(feature: Categorical, start: int) -> dict[Any, int]:
    inputs: dict[Any, int] = {category: start + place for place, category in enumerate(feature.categories)}
    if feature.fill is not None:
        inputs[None] = inputs[feature.fill]
    return inputs
