"""Tables that lie in a file: columns are read where they are looked at, so that one may be larger than memory."""

from collections.abc import Sequence
from functools import cached_property
from mmap import MADV_DONTNEED, mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.table import Column, Rows, Scalar, Table, objects
from backprop.datasets import layout
from backprop.datasets.layout import MARK, Buffer, Header, Place


class KeptColumn(Column):
    """A column in a buffer: numbers are its bytes, other values are made when they are first asked for."""

    _buffer: Buffer
    _header: Header
    _place: Place

    def __init__(self, buffer: Buffer, header: Header, place: Place) -> None:
        facts = {"name": place.name, "kind": place.kind, "whole": place.whole}
        for name, value in (facts | {"_buffer": buffer, "_header": header, "_place": place}).items():
            object.__setattr__(self, name, value)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self._header.rows

    @property
    def is_mapped(self) -> bool:
        """Whether the values are read where they are looked at, and take no memory."""
        return isinstance(self._buffer, mmap)

    @cached_property
    def values(self) -> NDArray[Any]:
        """All values; see Column."""
        return self._decoded(slice(None))

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where a value is missing, (rows,); found anew each time, as kept ones of many columns would add up."""
        return self.missing_at(slice(None))

    def missing_at(self, rows: Rows) -> NDArray[np.bool_]:
        """Return where a value is missing among `rows`."""
        stored = self._stored[rows]
        return np.isnan(stored) if self.is_number else stored < 0

    @cached_property
    def coded(self) -> tuple[NDArray[np.int32], Sequence[Any]]:
        """See Column; as it lies in the buffer, but where texts were too many to be kept once."""
        pool = self._place.pool
        if pool is None:
            return self._stored.astype(np.int32), [False, True]
        if not pool.distinct:
            return Column(self.name, self.kind, self.values).coded
        return self._stored, layout.texts_of(self._buffer, self._header, pool)

    def scalars(self, rows: Rows) -> list[Scalar | None]:
        """Return the values at `rows` as JSON has them; None for a missing one."""
        return Column(self.name, self.kind, self._decoded(rows), self.whole).scalars(slice(None))

    def window(self, rows: slice) -> Column:
        """Return the column of some of the rows alone; nothing is read of the others."""
        return Column(self.name, self.kind, self._decoded(rows), self.whole)

    def let_go(self) -> None:
        """Let go of the pages that have been read, of all columns of the file."""
        if isinstance(self._buffer, mmap):
            self._buffer.madvise(MADV_DONTNEED)

    @property
    def _stored(self) -> NDArray[Any]:
        return layout.values_of(self._buffer, self._header, self._place)

    def _decoded(self, rows: Rows) -> NDArray[Any]:
        stored = self._stored[rows]
        if self.is_number:
            return stored
        if self.kind == "boolean":
            choices = objects([False, True, None])
            flags: NDArray[Any] = choices[stored]
            return flags
        return self._texts(stored)

    def _texts(self, stored: NDArray[Any]) -> NDArray[Any]:
        pool = self._place.pool
        assert pool is not None  # noqa: S101  a column of texts has one
        if len(stored) >= pool.count:
            choices = objects([*layout.texts_of(self._buffer, self._header, pool), None])
            all_texts: NDArray[Any] = choices[stored]
            return all_texts
        wanted, places = np.unique(stored, return_inverse=True)
        found = layout.texts_of(self._buffer, self._header, pool, wanted[wanted >= 0].tolist())
        texts = objects([None, *found] if len(found) < len(wanted) else list(found))  # a missing one, -1, sorts first
        chosen: NDArray[Any] = texts[places]
        return chosen


def table_of(buffer: Buffer) -> Table:
    """Return the table that a buffer holds, a kept file's or `Table.to_bytes`'s. Raises ValueError for others."""
    if bytes(buffer[: len(MARK)]) != MARK:
        return Table.from_bytes(bytes(buffer))
    header = layout.read_header(buffer)
    return Table(tuple(KeptColumn(buffer, header, place) for place in header.places))
