"""Rows that stand in a request, cells of any JSON type, become a table of typed columns or are refused by cell."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.table import Column, Kind, Table, objects
from backprop.errors import InvalidError, Problem

Place = Callable[[int, int], str]  # the pointer of a cell by its row and column

_EXACT = 2**53 - 1  # up to here float64 holds every integer, and none beyond is rounded to one of these
_MOST_PROBLEMS = 20
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
    columns: list[Column] = []
    problems: list[Problem] = []
    for index, (name, cells) in enumerate(zip(names, zip(*rows, strict=True), strict=True)):
        made = _column(name, cells)
        if isinstance(made, Column):
            columns.append(made)
        else:
            row, code, detail = made
            problems.append(Problem(place(row, index), code, f"column {name!r}: {detail}"))
    if problems:
        raise InvalidError(problems[:_MOST_PROBLEMS])
    return Table(tuple(columns))


def _column(name: str, cells: Sequence[Any]) -> Column | tuple[int, str, str]:
    """Return the column, or the row, code and sentence of its first bad cell."""
    types = set(map(type, cells)) - {type(None)}
    kinds = {_KINDS.get(kind) for kind in types}
    if None in kinds or len(kinds) > 1:
        return _first_stranger(cells)
    kind = kinds.pop() if kinds else "numeric"  # a column without any value
    if kind == "numeric":
        return _numeric(name, cells, whole=types == {int})
    if kind == "text" and not _storable("".join(filter(None, cells))):
        row = next(row for row, cell in enumerate(cells) if cell is not None and not _storable(cell))
        return row, "bad_text", "the text holds a NUL or half of a surrogate pair"
    return Column(name, kind or "text", objects(cells))


def _numeric(name: str, cells: Sequence[Any], *, whole: bool) -> Column | tuple[int, str, str]:
    try:
        values: NDArray[np.float64] = np.array(cells, dtype=np.float64)  # None becomes NaN
    except OverflowError:
        row = next(row for row, cell in enumerate(cells) if isinstance(cell, int) and _overflows(cell))
        return row, "too_large", "the number is beyond float64"
    for row in np.flatnonzero(~np.isfinite(values)).tolist():
        if cells[row] is not None:
            return row, "not_finite", "the number is not finite"
    # Integers that float64 rounds are numbers like any other, and are not given back as if they were exact.
    exact = whole and bool(np.nanmax(np.abs(values)) <= _EXACT)
    return Column(name, "numeric", values, exact)


def _first_stranger(cells: Sequence[Any]) -> tuple[int, str, str]:
    """Return the first cell that is no cell at all or differs in kind from those before it."""
    first: Kind | None = None
    for row, cell in enumerate(cells):
        if cell is None:
            continue
        kind = _KINDS.get(type(cell))
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


def _invalid(pointer: str, code: str, detail: str) -> InvalidError:
    return InvalidError([Problem(pointer, code, detail)])
