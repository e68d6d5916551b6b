"""Rows that stand in a request, cells of any JSON type, become a table of typed columns or are refused by cell."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.codes import ProblemCode
from backprop.data.table import Column, Table
from backprop.datasets.cells import Kind
from backprop.errors import InvalidError, Problem

Place = Callable[[int, int], str]  # the pointer of a cell by its row and column

_EXACT = 2**53 - 1  # up to here float64 holds every integer, and none beyond is rounded to one of these
_MOST_PROBLEMS = 20
_BLOCK = 64  # rows
_KINDS: dict[type, Kind] = {int: "numeric", float: "numeric", bool: "boolean", str: "text"}


def table_from_rows(columns: Any, rows: Any) -> Table:
    """Return the table of `{"columns": [names], "rows": [[cells]]}`; a cell is a number, text, a boolean or None.

    A column holds cells of one kind. InvalidError names the first bad cell of each column, by pointers such as
    `/rows/3/1` that are relative to the object holding both.
    """
    _check_names(columns)
    width = _width(rows, "/rows")
    if width != len(columns):
        raise _invalid("/rows/0", "wrong_length", f"the row has {width} cells for {len(columns)} columns")
    return _table(columns, rows, lambda row, column: f"/rows/{row}/{column}")


def table_from_arrays(inputs: Any, targets: Any) -> tuple[Table, tuple[str, ...], tuple[str, ...]]:
    """Return the table of `{"inputs": [[cells]], "targets": [cells or [cells]]}`, its features and its targets.

    The columns are x1 … xn, and y for one target a row or y1 … ym for several. InvalidError as in `table_from_rows`,
    with pointers such as `/inputs/3/1` and `/targets/3`.
    """
    width = _width(inputs, "/inputs")
    flat = isinstance(targets, list) and not any(isinstance(target, list) for target in targets)
    rows = [[target] for target in targets] if flat else targets
    outputs = _width(rows, "/targets")
    if len(inputs) != len(targets):
        raise _invalid("/targets", "wrong_length", f"there are {len(targets)} targets for {len(inputs)} inputs")
    features = tuple(f"x{number}" for number in range(1, width + 1))
    names = tuple(f"y{number}" for number in range(1, outputs + 1)) if outputs > 1 else ("y",)

    def place(row: int, column: int) -> str:
        if column < width:
            return f"/inputs/{row}/{column}"
        return f"/targets/{row}" if flat else f"/targets/{row}/{column - width}"

    joined = [[*given, *wanted] for given, wanted in zip(inputs, rows, strict=True)]
    return _table((*features, *names), joined, place), features, names


def _check_names(names: Any) -> None:
    if not isinstance(names, list) or not names:
        raise _invalid("/columns", "wrong_type", "columns is a list of at least one name")
    seen: set[str] = set()
    for place, name in enumerate(names):
        pointer = f"/columns/{place}"
        if not isinstance(name, str) or not name:
            raise _invalid(pointer, "wrong_type", "a column's name is a text of at least one character")
        if not _storable(name):
            raise _invalid(pointer, "bad_text", "the name holds a NUL or half of a surrogate pair")
        if name in seen:
            raise _invalid(pointer, "duplicate", f"the name {name!r} stands twice")
        seen.add(name)


def _width(rows: Any, pointer: str) -> int:
    """Return the one length that all rows have."""
    if not isinstance(rows, list) or not rows:
        raise _invalid(pointer, "wrong_type", "there must be a list of at least one row")
    for place, row in enumerate(rows):
        if not isinstance(row, list):
            raise _invalid(f"{pointer}/{place}", "wrong_type", "a row is a list of cells")
        if not row:
            raise _invalid(f"{pointer}/{place}", "wrong_length", "the row is empty")
        if len(row) != len(rows[0]):
            detail = f"the row has {len(row)} cells, the first row has {len(rows[0])}"
            raise _invalid(f"{pointer}/{place}", "wrong_length", detail)
    return len(rows[0])


def _table(names: Sequence[str], rows: list[list[Any]], place: Place) -> Table:
    types = _types(rows)
    kinds = [_kind(seen) for seen in types]
    columns: list[Column] = []
    problems: list[Problem] = []
    for index, (name, kind, values) in enumerate(zip(names, kinds, _values(rows, kinds), strict=True)):
        bad = _first_stranger(rows, index) if kind is None else _first_bad(rows, index, values)
        if bad is not None:
            row, code, detail = bad
            problems.append(Problem(place(row, index), code, f"column {name!r}: {detail}"))
        elif kind is not None and not problems:
            # Integers that float64 rounds are numbers like any other, and are not given back as if they were exact.
            whole = types[index] - {type(None)} == {int} and bool(np.nanmax(np.abs(values)) <= _EXACT)
            columns.append(Column(name, kind, values, whole))
    if problems:
        raise InvalidError(problems[:_MOST_PROBLEMS])
    return Table(tuple(columns))


def _blocks(rows: list[list[Any]]) -> Iterator[tuple[slice, Iterator[tuple[Any, ...]]]]:
    """Yield the columns of a few rows at a time: cells of one column of a large body lie far apart in memory."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        yield slice(start, start + len(block)), zip(*block, strict=True)


def _types(rows: list[list[Any]]) -> list[set[type]]:
    """Return the types of each column's cells."""
    types: list[set[type]] = [set() for _ in rows[0]]
    for _, columns in _blocks(rows):
        for seen, cells in zip(types, columns, strict=True):
            seen.update(map(type, cells))
    return types


def _kind(types: set[type]) -> Kind | None:
    """Return the kind of a column whose cells have these types, None where they are no cells or of several kinds."""
    kinds = {_KINDS.get(cell) for cell in types - {type(None)}}
    if not kinds:
        return "numeric"  # a column without any value
    return kinds.pop() if len(kinds) == 1 else None


def _values(rows: list[list[Any]], kinds: Sequence[Kind | None]) -> list[NDArray[Any]]:
    """Return each column's array, in which a number that float64 cannot hold is infinite; empty for no kind."""
    arrays: list[NDArray[Any]] = [
        np.empty(len(rows) if kind else 0, np.float64 if kind == "numeric" else object) for kind in kinds
    ]
    for window, columns in _blocks(rows):
        for kind, array, cells in zip(kinds, arrays, columns, strict=True):
            if kind is None:
                continue
            try:
                array[window] = cells  # None becomes NaN among numbers
            except OverflowError:
                array[window] = [math.inf if type(cell) is int and _overflows(cell) else cell for cell in cells]
    return arrays


def _first_bad(rows: list[list[Any]], index: int, values: NDArray[Any]) -> tuple[int, ProblemCode, str] | None:
    """Return row, code and sentence of the first cell that is of its column's kind and still cannot be kept."""
    if values.dtype == np.float64:
        for row in np.flatnonzero(~np.isfinite(values)).tolist():
            if type(rows[row][index]) is int:
                return row, "too_large", "the number is beyond float64"
            if rows[row][index] is not None:
                return row, "not_finite", "the number is not finite"
        return None
    for row, cell in enumerate(values.tolist()):
        if type(cell) is str and not _storable(cell):
            return row, "bad_text", "the text holds a NUL or half of a surrogate pair"
    return None


def _first_stranger(rows: list[list[Any]], index: int) -> tuple[int, ProblemCode, str]:
    """Return row, code and sentence of the first cell that is no cell at all or differs in kind from those above it."""
    first: Kind | None = None
    for row, cells in enumerate(rows):
        if cells[index] is None:
            continue
        kind = _KINDS.get(type(cells[index]))
        if kind is None:
            return row, "wrong_type", "a cell is a number, a text, true, false or null"
        if first is not None and kind != first:
            return row, "mixed_kinds", f"the cell is {kind}, the cells above it are {first}"
        first = kind
    raise AssertionError("only called where a cell is strange")


def _overflows(number: int) -> bool:
    try:
        float(number)
    except OverflowError:
        return True
    return False


def _storable(text: str) -> bool:
    """Whether every database and JSON writer can hold the text: no NUL, no half of a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _invalid(pointer: str, code: ProblemCode, detail: str) -> InvalidError:
    return InvalidError([Problem(pointer, code, detail)])
