"""From the target's column to the network's target matrix y, and from its outputs back to what was uploaded."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from backprop.data.inputs import Matrix
from backprop.data.scaling import Scaling, fit_scaling
from backprop.data.splits import Indices
from backprop.data.table import Column, Scalar, Table, matrix
from backprop.errors import InvalidError, Problem
from backprop.nn import LIKELY
from backprop.spec import Task


@dataclass(frozen=True)
class ClassEncoding:
    """A target that names classes: one output a class, in ascending order of the labels."""

    name: str
    labels: tuple[Scalar, ...]

    task: ClassVar[Task] = "classification"

    @classmethod
    def fit(cls, column: Column) -> "ClassEncoding":
        """Return the classes of the whole column, so that a class that only rows held out have is known too."""
        return cls(column.name, tuple(column.distinct()))

    @property
    def names(self) -> tuple[str, ...]:
        """The target's column, as a tuple."""
        return (self.name,)

    @property
    def outputs(self) -> int:
        """The number of network outputs."""
        return len(self.labels)

    def truth(self, table: Table, rows: Indices) -> list[Any]:
        """Return the labels at `rows`, in the form of `decode`."""
        return table.column(self.name).scalars(rows)

    def encode(self, table: Table, rows: Indices, dtype: str) -> Matrix:
        """Return y, (rows, classes), one at the class's place and zero elsewhere."""
        place = {label: place for place, label in enumerate(self.labels)}
        y = np.zeros((len(rows), len(self.labels)), dtype)
        y[np.arange(len(rows)), [place[label] for label in self.truth(table, rows)]] = 1.0
        return y

    def decode(self, outputs: Matrix) -> list[Any]:
        """Return the label of each row's largest output, the first of several, with its JSON type."""
        return [self.labels[place] for place in np.argmax(outputs, axis=1).tolist()]


@dataclass(frozen=True)
class LabelEncoding:
    """A target of several labels, each of which a row has or has not: one output a label, in the targets' order.

    `values` holds how each label's column says no and yes: false and true, or 0 and 1.
    """

    names: tuple[str, ...]
    values: tuple[tuple[Scalar, Scalar], ...]

    task: ClassVar[Task] = "multi_label"

    @classmethod
    def fit(cls, table: Table, names: tuple[str, ...]) -> "LabelEncoding":
        """Return the encoding of these columns, which hold nothing but booleans, or 0 and 1."""
        return cls(names, tuple(_no_and_yes(table.column(name)) for name in names))

    @property
    def outputs(self) -> int:
        """The number of network outputs."""
        return len(self.names)

    def truth(self, table: Table, rows: Indices) -> list[Any]:
        """Return the values at `rows`, in the form of `decode`."""
        return self._listed(self._flags(table, rows))

    def encode(self, table: Table, rows: Indices, dtype: str) -> Matrix:
        """Return y, (rows, labels), one where a row has the label and zero elsewhere."""
        y: Matrix = self._flags(table, rows).astype(dtype)
        return y

    def decode(self, outputs: Matrix) -> list[Any]:
        """Return a list a row, of each label's yes or no with its JSON type; an output above a half is a yes."""
        return self._listed(outputs > LIKELY)

    def _flags(self, table: Table, rows: Indices) -> NDArray[np.bool_]:
        return np.stack([has_label(table.column(name))[rows] for name in self.names], axis=1)

    def _listed(self, flags: NDArray[np.bool_]) -> list[Any]:
        return [[pair[has] for pair, has in zip(self.values, row, strict=True)] for row in flags.tolist()]


@dataclass(frozen=True)
class ValueEncoding:
    """A target of one value or several: one output a value, `(v - offset) / scale`."""

    names: tuple[str, ...]
    offsets: tuple[float, ...]
    scales: tuple[float, ...]

    task: ClassVar[Task] = "regression"

    @classmethod
    def fit(cls, table: Table, rows: Indices, names: tuple[str, ...], *, standard: bool) -> "ValueEncoding":
        """Return the scaling measured on `rows`; InvalidError, at `#/preprocessing/target`, if out of range."""
        how: Scaling = "standard" if standard else "none"
        offsets, scales = zip(*(fit_scaling(how, table.column(name).values[rows]) for name in names), strict=True)
        if not np.isfinite([offsets, scales]).all():
            detail = "the target has numbers too large to be scaled"
            raise InvalidError([Problem("#/preprocessing/target", "too_large", detail)])
        return cls(names, offsets, scales)

    @property
    def outputs(self) -> int:
        """The number of network outputs."""
        return len(self.names)

    def truth(self, table: Table, rows: Indices) -> list[Any]:
        """Return the values at `rows`, in the form of `decode`."""
        return _listed(self._values(table, rows))

    def encode(self, table: Table, rows: Indices, dtype: str) -> Matrix:
        """Return y, (rows, values), scaled; InvalidError where a number is too large for `dtype`."""
        with np.errstate(over="ignore"):
            y: Matrix = ((self._values(table, rows) - self.offsets) / self.scales).astype(dtype)
        if not np.isfinite(y).all():
            row = rows[np.argwhere(~np.isfinite(y))[0, 0]]
            detail = f"the target in row {row} is too large for {dtype}"
            raise InvalidError([Problem("#/training/dtype", "too_large", detail)])
        return y

    def decode(self, outputs: Matrix) -> list[Any]:
        """Return the values in the target's own units: a number a row, or a list where there are several targets."""
        with np.errstate(over="ignore"):
            return _listed(outputs.astype(np.float64) * self.scales + self.offsets)

    def _values(self, table: Table, rows: Indices) -> NDArray[np.float64]:
        return matrix([table.column(name) for name in self.names], rows)


TargetEncoding = ClassEncoding | LabelEncoding | ValueEncoding


def has_label(column: Column) -> NDArray[np.bool_]:
    """Return which rows, (rows,), a column of booleans or of 0 and 1 says yes of."""
    values = column.values if column.is_number else column.coded[0]
    flags: NDArray[np.bool_] = values == 1
    return flags


def _no_and_yes(column: Column) -> tuple[Scalar, Scalar]:
    if column.kind == "boolean":
        return False, True
    return (0, 1) if column.whole else (0.0, 1.0)


def _listed(values: NDArray[np.float64]) -> list[Any]:
    listed: list[Any] = (values[:, 0] if values.shape[1] == 1 else values).tolist()
    return listed
