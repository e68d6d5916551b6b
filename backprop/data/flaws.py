"""What is wrong with instances: the first flaw of each bad row, looked for only where a check of all has failed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from backprop.codes import ProblemCode
from backprop.data.features import Feature
from backprop.data.inputs import InputEncoding, Matrix
from backprop.data.table import Column, Table
from backprop.errors import InvalidError, Problem

MOST_NAMED = 100


@dataclass(frozen=True)
class CellFlaw:
    """What is wrong with a row's cell: the feature's place, the kind of flaw, and the sentence that tells it."""

    feature: int
    code: ProblemCode
    detail: str


Place = Callable[[int, int], str]  # the pointer of a cell by its row and feature


def refuse(problems: Iterable[Problem]) -> NoReturn:
    """Raise InvalidError with the problems, as far as that many are named."""
    raise InvalidError([*islice(problems, MOST_NAMED)])


def in_row(row: int, feature: int) -> str:
    """Return the pointer of a cell in a list of rows."""
    return f"/{row}/{feature}"


def in_record(encoding: InputEncoding) -> Place:
    """Return what gives the pointer of a cell in a list of records."""
    tokens = [token(name) for name in encoding.names]
    return lambda row, feature: f"/{row}/{tokens[feature]}"


def token(name: str) -> str:
    """Return a name as it stands in a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def of_rows(encoding: InputEncoding, rows: list[Any]) -> Iterator[Problem]:
    """Yield the first flaw of each bad row; at least one row has another form than the model's."""
    width = len(encoding.features)
    for place, row in enumerate(rows):
        if type(row) is not list:
            yield _no_instance(place)
        elif len(row) != width:
            detail = f"the model has {width} features, the row has {len(row)} values"
            yield Problem(f"/{place}", "wrong_length", detail)
        else:
            yield from _of_cells(encoding, row, place, in_row)
    if not rows:
        yield _empty()


def of_records(encoding: InputEncoding, ignored: frozenset[str], records: list[Any]) -> Iterator[Problem]:
    """Yield the first flaw of each bad record; at least one is none, or has other names than the model's."""
    known, where = ignored.union(encoding.names), in_record(encoding)
    for place, record in enumerate(records):
        if type(record) is not dict:
            yield _no_instance(place)
        elif not record.keys() <= known:
            yield _unknown(place, next(name for name in record if name not in known), known)
        elif record.keys().isdisjoint(encoding.names):
            yield Problem(f"/{place}", "missing_value", "the record holds none of the model's features")
        else:
            yield from _of_cells(encoding, [record.get(name) for name in encoding.names], place, where)
    if not records:
        yield _empty()


def of_cells(encoding: InputEncoding, rows: list[list[Any]], place: Place) -> Iterator[Problem]:
    """Yield the first bad cell of each row that has one; every row holds one cell a feature."""
    for row, cells in enumerate(rows):
        yield from _of_cells(encoding, cells, row, place)


def first_of(encoding: InputEncoding, cells: Sequence[Any]) -> CellFlaw | None:
    """Return the first bad cell of a row that holds one a feature; None where all are good."""
    for place, (feature, cell) in enumerate(zip(encoding.features, cells, strict=True)):
        refusal = feature.refusal(cell)
        if refusal is not None:
            return CellFlaw(place, *refusal)
    return None


def of_table(encoding: InputEncoding, table: Table) -> Iterator[tuple[int, CellFlaw]]:
    """Yield the rows of a table, whose columns are of the features' kinds, with a bad cell, and the first of each."""
    columns = [table.column(name) for name in encoding.names]
    refused = [_refused(feature, column) for feature, column in zip(encoding.features, columns, strict=True)]
    rows = np.flatnonzero(np.logical_or.reduce(refused))
    cells = zip(*(column.scalars(rows) for column in columns), strict=True)
    for row, of_row in zip(rows.tolist(), cells, strict=True):
        flaw = first_of(encoding, of_row)
        assert flaw is not None  # noqa: S101  only rows with one are looked at
        yield row, flaw


def of_array(encoding: InputEncoding, rows: NDArray[Any]) -> Problem | None:
    """Return why an array is not one of the model's numbers, (rows, features); None where it is."""
    if len(encoding.numeric) != len(encoding.features) or encoding.converted:
        return Problem("", "wrong_type", "some features are no numbers: send records, or rows as lists")
    if rows.ndim != 2 or rows.shape[1] != len(encoding.features) or len(rows) == 0 or rows.dtype.kind not in "iuf":
        taken = f"[at least 1, {len(encoding.features)}]"
        detail = f"this takes numbers shaped {taken}, not {rows.dtype} {list(rows.shape)}"
        return Problem("", "wrong_shape", detail)
    return None


def of_numbers(encoding: InputEncoding, numbers: NDArray[np.float64]) -> Iterator[Problem]:
    """Yield the first bad number of each row of an array, (rows, features), in which NaN is a missing value."""
    for row in np.flatnonzero(~np.isfinite(numbers).all(axis=1)).tolist():
        cells = [None if np.isnan(number) else number for number in numbers[row].tolist()]
        yield from _of_cells(encoding, cells, row, in_row)


def of_inputs(encoding: InputEncoding, x: Matrix, place: Place) -> Iterator[Problem]:
    """Yield the first number of each row that is beyond the dtype of x, (rows, inputs), where it is infinite."""
    beyond = ~np.isfinite(x)
    for row in np.flatnonzero(beyond.any(axis=1)).tolist():
        feature = encoding.feature_of(int(np.argmax(beyond[row])))
        yield Problem(place(row, feature), "too_large", f"the number is too large for {encoding.dtype}")


def _of_cells(encoding: InputEncoding, cells: list[Any], row: int, place: Place) -> Iterator[Problem]:
    flaw = first_of(encoding, cells)
    if flaw is not None:
        yield Problem(place(row, flaw.feature), flaw.code, flaw.detail)


def _refused(feature: Feature, column: Column) -> NDArray[np.bool_]:
    """Return where a feature refuses a column's values, (rows,); numbers and times are refused only where missing."""
    lacks = feature.refusal(None) is not None
    if column.is_number:
        return column.missing & lacks
    codes, choices = column.coded
    flags: NDArray[np.bool_] = np.array([*(feature.refusal(choice) is not None for choice in choices), lacks])[codes]
    return flags


def _no_instance(place: int) -> Problem:
    return Problem(f"/{place}", "wrong_type", "each instance is a list of values, or each is an object")


def _unknown(place: int, name: str, known: frozenset[str]) -> Problem:
    close = get_close_matches(name, known, n=1)
    remedy = f"; did you mean {close[0]!r}?" if close else ""
    return Problem(f"/{place}/{token(name)}", "unknown_column", f"the model knows no {name!r}{remedy}")


def _empty() -> Problem:
    return Problem("", "empty", "there must be at least one instance")
