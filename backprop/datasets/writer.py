"""The writer: columns grow block by block in a file without a name, and are laid out one after the other at the end."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from backprop.codes import ProblemCode
from backprop.datasets.cells import DTYPES, MISSING, Cells, Instants, Kind, Missing, Numbers, Present, Texts
from backprop.datasets.layout import Place, Pool, header_bytes, padded
from backprop.errors import InvalidError, Problem, TooLargeError
from backprop.pointers import pointer

DICTIONARY_BYTES = 32 * 2**20  # of texts that are looked up, over all columns; further ones are kept as they come
ENTRY_BYTES = 120  # what a text in a dictionary takes beside its characters
LONGEST_TEXT = 2**20
MOST_US = 2.0**53  # microseconds, which float64 holds exactly

Segment = tuple[int, int]  # of the spool: where it begins (-1: missing cells) and how many cells or bytes it has


@dataclass
class _Pool:
    """A column's texts: looked up in `places` while there are few, else written down as they come."""

    places: dict[str, int] | None = field(default_factory=dict)
    count: int = 0
    size: int = 0
    segments: list[Segment] = field(default_factory=list)
    lengths: list[Segment] = field(default_factory=list)


@dataclass
class _Growing:
    """A column of which some blocks have come."""

    kind: Kind | None = None
    whole: bool = True
    rows: int = 0
    segments: list[Segment] = field(default_factory=list)
    pool: _Pool = field(default_factory=_Pool)


class TableWriter:
    """Columns by name that grow block by block. Its memory is that of a block and of the texts in dictionaries.

    Raises TooLargeError once what is kept would take more than `most_bytes`.
    """

    def __init__(self, names: Sequence[str], folder: str | None, most_bytes: int) -> None:
        self.names = tuple(names)
        self._columns = [_Growing() for _ in names]
        self._spool: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed by `close`
        self._end = self._dictionaries = 0
        self._most_bytes = most_bytes

    def add(self, column: int, cells: Cells) -> None:
        """Append cells to a column. Raises InvalidError where they are of another kind than those before."""
        growing = self._columns[column]
        if isinstance(cells, Missing):
            growing.segments.append((-1, cells.count))
            growing.rows += cells.count
            return
        if growing.kind is None:
            growing.kind = cells.kind
        elif growing.kind != cells.kind:
            self._refuse_kind(column, growing, cells)
        if isinstance(cells, Numbers | Instants):
            self._check_range(cells, column, growing.rows)
        growing.whole = growing.whole and isinstance(cells, Numbers) and cells.whole
        values: NDArray[Any] = cells.values
        if isinstance(cells, Texts):
            values = self._placed(growing.pool, cells, column, growing.rows)
        stored = np.ascontiguousarray(values, DTYPES[cells.kind])
        growing.segments.append((self._write(stored.data), len(values)))
        growing.rows += len(values)

    def widen(self, name: str, rows: int) -> None:
        """Add a column of which `rows` cells are missing so far."""
        self.names = (*self.names, name)
        self._columns.append(_Growing(rows=rows, segments=[(-1, rows)] if rows else []))

    def kind(self, column: int) -> Kind | None:
        """Return what a column's cells are; None where no value has come yet."""
        return self._columns[column].kind

    def forget(self, column: int) -> None:
        """Begin a column anew."""
        self._columns[column] = _Growing()

    def finish(self, into: BinaryIO) -> None:
        """Write the table to a file. Raises InvalidError where there is no row."""
        rows = self._columns[0].rows if self._columns else 0
        if rows == 0:
            raise InvalidError([Problem("#/rows", "no_rows", "there is no row in it")])
        places, at = [], 0
        for name, column in zip(self.names, self._columns, strict=True):
            kind = column.kind or "numeric"  # a column without any value
            whole = column.whole and column.kind == "numeric"
            size = padded(rows * DTYPES[kind].itemsize)
            pool = None
            if kind == "text":
                pool = Pool(at + size, column.pool.count, column.pool.size, column.pool.places is not None)
                size += padded(8 * pool.count + pool.size)
            places.append(Place(name, kind, whole, at, pool))
            at += size
        into.write(header_bytes(rows, places))
        for column in self._columns:
            self._lay_out(column, into)

    def close(self) -> None:
        """Remove what has been spooled."""
        self._spool.close()

    def _write(self, content: bytes | memoryview) -> int:
        begin = self._end
        self._end += memoryview(content).nbytes
        if self._end > self._most_bytes:
            raise TooLargeError(f"it unpacks to more than {self._most_bytes:,} bytes, and may take no more")
        self._spool.seek(begin)
        self._spool.write(content)
        return begin

    def _read(self, segment: Segment, itemsize: int) -> bytes:
        self._spool.seek(segment[0])
        content: bytes = self._spool.read(segment[1] * itemsize)
        return content

    def _placed(self, pool: _Pool, cells: Texts, column: int, row: int) -> NDArray[np.int32]:
        """Return the cells' places in the column's pool, in which their texts are from now on."""
        self._check_texts(cells, column, row)
        if pool.places is None:
            base = pool.count
            self._append(pool, cells.texts)
            return np.where(cells.values < 0, -1, cells.values + base).astype(np.int32)
        found = []
        for text in cells.texts:
            place = pool.places.setdefault(text, len(pool.places))
            if place == pool.count:
                pool.count += 1
                size = len(text.encode())
                pool.size += size
                self._dictionaries += size + ENTRY_BYTES
            found.append(place)
        if self._dictionaries > DICTIONARY_BYTES:
            self._give_up_dictionary(pool)
        return np.array([*found, -1], np.int32)[cells.values]  # a missing cell, -1, takes the last entry

    def _give_up_dictionary(self, pool: _Pool) -> None:
        texts, pool.places = list(pool.places or ()), None
        self._dictionaries -= pool.size + ENTRY_BYTES * pool.count
        pool.count = pool.size = 0
        self._append(pool, texts)

    def _append(self, pool: _Pool, texts: Sequence[str]) -> None:
        encoded = [text.encode() for text in texts]
        content = b"".join(encoded)
        pool.segments.append((self._write(content), len(content)))
        lengths = np.fromiter(map(len, encoded), "<i8", len(encoded))
        pool.lengths.append((self._write(lengths.tobytes()), len(lengths)))
        pool.count += len(encoded)
        pool.size += len(content)

    def _lay_out(self, column: _Growing, into: BinaryIO) -> None:
        kind, pool = column.kind or "numeric", column.pool
        remap, texts = None, None
        if kind == "text" and pool.places is not None:
            texts = sorted(pool.places)
            order = np.empty(len(texts) + 1, np.int32)
            order[[pool.places[text] for text in texts]] = np.arange(len(texts))
            order[-1] = -1
            remap = order
        written = 0
        for values in self._blocks(column, kind):
            written += into.write((values if remap is None else remap[values]).tobytes())
        into.write(bytes(padded(written) - written))
        if kind == "text":
            self._lay_out_pool(pool, texts, into)

    def _lay_out_pool(self, pool: _Pool, texts: Sequence[str] | None, into: BinaryIO) -> None:
        if texts is not None:
            encoded = [text.encode() for text in texts]
            into.write(np.cumsum([len(text) for text in encoded], dtype="<i8").tobytes())
            into.write(b"".join(encoded))
        else:
            end = 0
            for segment in pool.lengths:
                ends = np.cumsum(np.frombuffer(self._read(segment, 8), "<i8")) + end
                end = int(ends[-1]) if len(ends) else end
                into.write(ends.astype("<i8").tobytes())
            for segment in pool.segments:
                into.write(self._read(segment, 1))
        into.write(bytes(padded(pool.size) - pool.size))

    def _blocks(self, column: _Growing, kind: Kind) -> Iterator[NDArray[Any]]:
        dtype = DTYPES[kind]
        for segment in column.segments:
            if segment[0] < 0:
                yield np.full(segment[1], MISSING[kind], dtype)
            else:
                yield np.frombuffer(self._read(segment, dtype.itemsize), dtype)

    def _check_texts(self, cells: Texts, column: int, row: int) -> None:
        for place, text in enumerate(cells.texts):
            if "\0" in text or len(text) > LONGEST_TEXT:
                bad = row + int(np.argmax(cells.values == place))
                detail = "the text holds a NUL" if "\0" in text else f"the text has over {LONGEST_TEXT:,} characters"
                raise InvalidError([cell_problem(bad, self.names[column], "bad_text", detail)])

    def _check_range(self, cells: Numbers | Instants, column: int, row: int) -> None:
        most = np.finfo(np.float64).max if isinstance(cells, Numbers) else MOST_US
        code: ProblemCode = "not_finite" if isinstance(cells, Numbers) else "too_large"
        beyond = np.abs(cells.values) > most
        if beyond.any():
            detail = "the number is not finite" if code == "not_finite" else "times lie between the years 1685 and 2255"
            raise InvalidError([cell_problem(row + int(np.argmax(beyond)), self.names[column], code, detail)])

    def _refuse_kind(self, column: int, growing: _Growing, cells: Present) -> None:
        name = self.names[column]
        detail = f"the column's cells are {cells.kind} from here on, those above are {growing.kind}"
        raise InvalidError([cell_problem(growing.rows, name, "mixed_kinds", detail)])


def cell_problem(row: int, column: str, code: ProblemCode, detail: str, *, line: int | None = None) -> Problem:
    """Return the problem of one cell; rows count from 0, as in `/rows?offset=`, lines from 1."""
    where = f"line {line}" if line is not None else f"row {row}"
    return Problem(f"#/rows/{row}{pointer(column)}", code, f"{where}, column {column!r}: {detail}")
