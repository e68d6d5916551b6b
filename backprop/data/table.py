"""A table is typed columns of equal length, held in memory: what a dataset is once it has been read."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.datasets.cells import Kind
from backprop.datasets.storage import pack, unpack
from backprop.datasets.times import time_text

Scalar = str | bool | int | float
Rows = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Column:
    """One named column.

    `values` is float64 with NaN for missing where `kind` is numeric or datetime (microseconds since 1970), else an
    object array of bool or str with None for missing. `whole` says that every number came as an integer and is held
    exactly, so that it is given back as one.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    whole: bool = False

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.values)

    @property
    def is_mapped(self) -> bool:
        """Whether the values lie in a file rather than in memory."""
        return False

    @property
    def is_number(self) -> bool:
        """Whether `values` is float64."""
        return self.kind in {"numeric", "datetime"}

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """Where a value is missing, (rows,)."""
        if self.is_number:
            absent: NDArray[np.bool_] = np.isnan(self.values)
            return absent
        return np.fromiter((value is None for value in self.values), np.bool_, count=len(self.values))

    def missing_at(self, rows: Rows) -> NDArray[np.bool_]:
        """Return where a value is missing among `rows`."""
        return self.missing[rows]

    @cached_property
    def coded(self) -> tuple[NDArray[np.int32], Sequence[Any]]:
        """The places, (rows,), -1 for missing, of a boolean's or text's values among choices, and these."""
        choices = [False, True] if self.kind == "boolean" else sorted(set(self.values[~self.missing].tolist()))
        places: dict[Any, int] = {choice: place for place, choice in enumerate(choices)} | {None: -1}
        return np.fromiter((places[value] for value in self.values), np.int32, count=self.rows), choices

    def scalars(self, rows: Rows) -> list[Scalar | None]:
        """Return the values at `rows` as JSON has them; None for a missing one."""
        values: list[Any] = self.values[rows].tolist()
        if not self.is_number:
            return values
        return [None if math.isnan(value) else self._back(value) for value in values]

    def window(self, rows: slice) -> "Column":
        """Return the column of some of the rows alone."""
        return Column(self.name, self.kind, self.values[rows], self.whole)

    def let_go(self) -> None:
        """Let go of what has been read of a file; it may be read again."""

    def distinct(self) -> list[Scalar]:
        """Return the values that occur, ascending, as JSON has them."""
        if not self.is_number:
            codes, choices = self.coded
            return [choices[place] for place in np.flatnonzero(np.bincount(codes + 1)[1:]).tolist()]
        return [*map(self._back, np.unique(self.values[~self.missing]).tolist())]

    def _back(self, value: float) -> Scalar:
        if self.kind == "datetime":
            return time_text(value)
        return int(value) if self.whole else value


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length with different names; its bytes, and so its sha256, follow from what it holds alone."""

    columns: tuple[Column, ...]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.columns[0].rows

    @property
    def is_mapped(self) -> bool:
        """Whether the columns lie in a file rather than in memory."""
        return all(column.is_mapped for column in self.columns)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError where there is none."""
        return self._by_name[name]

    def head(self, offset: int, limit: int) -> list[list[Scalar | None]]:
        """Return at most `limit` rows from `offset` on, as JSON has them."""
        window = slice(offset, offset + limit)
        return [list(row) for row in zip(*(column.scalars(window) for column in self.columns), strict=True)]

    def let_go(self) -> None:
        """Let go of what has been read of the table's file, where it lies in one; it may be read again."""
        self.columns[0].let_go()

    def describe(self) -> dict[str, Any]:
        """Return the number of rows and each column's name, kind and number of missing values, ready for JSON."""
        return {
            "rows": self.rows,
            "columns": [
                {"name": column.name, "kind": column.kind, "missing": int(column.missing.sum())}
                for column in self.columns
            ],
        }

    def to_bytes(self) -> bytes:
        """Return the table as bytes; equal tables give equal bytes on every machine."""
        return pack([(column.name, column.kind, column.whole, column.values) for column in self.columns])

    @classmethod
    def from_bytes(cls, content: bytes) -> "Table":
        """Return the table that `to_bytes` wrote; ValueError where the bytes are something else."""
        return cls(tuple(Column(name, kind, values, whole) for name, kind, whole, values in unpack(content)))

    @cached_property
    def sha256(self) -> str:
        """The sha256 of `to_bytes()`, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def objects(values: Sequence[Scalar | None]) -> NDArray[Any]:
    """Return `values` as an object array, (values,): the form of boolean and text columns."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def matrix(columns: Iterable[Column], rows: Rows) -> NDArray[np.float64]:
    """Return the numeric `columns` at `rows` side by side, (rows, columns), in float64 with NaN for missing."""
    return np.stack([column.values[rows] for column in columns], axis=1)
