"""Raw rows and records from outside, checked cell by cell and encoded just as the training rows were.

Checks run over whole rows at once, in C; only when one fails are the cells walked, to name the first bad one.
"""

from collections.abc import Callable
from difflib import get_close_matches
from itertools import chain
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from backprop.codes import ProblemCode
from backprop.data.features import Categorical
from backprop.data.inputs import InputEncoding, Matrix
from backprop.errors import InvalidError, Problem

Place = Callable[[int, int], str]  # the pointer of a cell by its row and feature


def encode_rows(encoding: InputEncoding, rows: list[Any]) -> Matrix:
    """Return x, (rows, inputs), of rows that each hold exactly the features in order.

    InvalidError points at the first bad cell, `/{row}/{column}`, or at the row where that is no row at all.
    """
    width = len(encoding.features)
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {width}:
        _refuse_row(rows, width)
    return _encode(encoding, rows, lambda row, feature: f"/{row}/{feature}")


def encode_records(encoding: InputEncoding, ignored: frozenset[str], records: list[Any]) -> Matrix:
    """Return x, (rows, inputs), of records by feature name; names in `ignored` may be there and count for nothing.

    A feature that is left out is a missing value. InvalidError points at the first bad cell, `/{row}/{name}`.
    """
    names = encoding.names
    known = ignored.union(names)
    rows = []
    for place, record in enumerate(records):
        if type(record) is not dict or not record.keys() <= known or record.keys().isdisjoint(names):
            _refuse_record(record, place, encoding, ignored)
        rows.append([*map(record.get, names)])
    if not rows:
        _refuse("", "empty", "there must be at least one instance")
    return _encode(encoding, rows, lambda row, feature: f"/{row}/{_token(names[feature])}")


def encode_array(encoding: InputEncoding, rows: NDArray[Any]) -> Matrix:
    """Return x, (rows, inputs), of an array of numbers, (rows, features), NaN being a missing value."""
    if len(encoding.numeric) != len(encoding.features) or encoding.converted:
        _refuse("", "wrong_type", "some features are no numbers: send records, or rows as lists")
    if rows.ndim != 2 or rows.shape[1] != len(encoding.features) or len(rows) == 0 or rows.dtype.kind not in "iuf":
        detail = (
            f"this takes numbers shaped [at least 1, {len(encoding.features)}], not {rows.dtype} {list(rows.shape)}"
        )
        _refuse("", "wrong_shape", detail)
    numbers = rows.astype(np.float64)  # a copy, which encoding overwrites
    for row, column in np.argwhere(~np.isfinite(numbers)).tolist():
        number = float(numbers[row, column])
        refusal = encoding.features[column].refusal(None if np.isnan(number) else number)
        if refusal is not None:
            _refuse(f"/{row}/{column}", *refusal)
    return _in_range(encoding, encoding.encode(numbers, []), lambda row, feature: f"/{row}/{feature}")


def _encode(encoding: InputEncoding, rows: list[list[Any]], place: Place) -> Matrix:
    """Return x of rows that hold one cell a feature."""
    numeric = encoding.numeric
    given = rows if len(numeric) == len(encoding.features) else [[row[feature] for feature in numeric] for row in rows]
    numbers = _numbers(encoding, given)
    switched = _switched(encoding, rows)
    if numbers is None or switched is None:
        _refuse_cell(encoding, rows, place)
    return _in_range(encoding, encoding.encode(numbers, switched), place)


def _numbers(encoding: InputEncoding, rows: list[list[Any]]) -> NDArray[np.float64] | None:
    """Return the number-like features' cells as an array with NaN for missing, None where one of them is refused."""
    if encoding.converted:
        converted = _converted(encoding, rows)
        if converted is None:
            return None
        rows = converted
    # NumPy would take True for 1.0 and "1" for 1.0, so the types are looked at first.
    if not set(map(type, chain.from_iterable(rows))) <= {int, float, type(None)}:
        return None
    try:
        numbers = np.array(rows, dtype=np.float64)
    except OverflowError:
        return None
    if not np.isfinite(numbers).all():
        for row, column in np.argwhere(~np.isfinite(numbers)).tolist():
            value, feature = rows[row][column], encoding.features[encoding.numeric[column]]
            if value is not None or feature.refusal(None) is not None:
                return None
    return numbers


def _converted(encoding: InputEncoding, rows: list[list[Any]]) -> list[list[Any]] | None:
    """Return the cells with the numbers of times and places in their stead; None where one of them is refused."""
    converted = [[*row] for row in rows]
    for column in encoding.converted:
        feature = encoding.features[encoding.numeric[column]]
        assert not isinstance(feature, Categorical)  # noqa: S101  it has numbers
        for row in converted:
            if feature.refusal(row[column]) is not None:
                return None
            row[column] = feature.number(row[column])
    return converted


def _switched(encoding: InputEncoding, rows: list[list[Any]]) -> list[list[int]] | None:
    """Return, for each categorical feature, the input that each row switches on; None where a cell is refused."""
    switched = []
    for place, feature in encoding.categorical:
        cells = [row[place] for row in rows]
        # 1 and True are the same key to a dict, and what was not seen may still be of the wrong kind.
        if not set(map(type, cells)) <= {bool if feature.kind == "boolean" else str, type(None)}:
            return None
        inputs, start = encoding.inputs_of[place], encoding.starts[place]
        if feature.unseen == "error":
            try:
                switched.append([inputs[cell] for cell in cells])
            except KeyError:
                return None
        elif None in cells and None not in inputs:
            return None
        else:
            switched.append([inputs.get(cell, feature.unseen_input(start)) for cell in cells])
        if feature.indicator:
            switched.append([start + feature.width - 1 if cell is None else -1 for cell in cells])
    return switched


def _in_range(encoding: InputEncoding, x: Matrix, place: Place) -> Matrix:
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0].tolist()
        _refuse(place(row, encoding.feature_of(column)), "too_large", f"the number is too large for {encoding.dtype}")
    return x


def _refuse_cell(encoding: InputEncoding, rows: list[list[Any]], place: Place) -> NoReturn:
    for row, cells in enumerate(rows):
        for column, (feature, cell) in enumerate(zip(encoding.features, cells, strict=True)):
            refusal = feature.refusal(cell)
            if refusal is not None:
                _refuse(place(row, column), *refusal)
    raise AssertionError("only called where a cell is refused")


def _refuse_row(rows: list[Any], width: int) -> NoReturn:
    for place, row in enumerate(rows):
        if type(row) is not list:
            _refuse(f"/{place}", "wrong_type", "each instance is a list of values, or each is an object")
        if len(row) != width:
            _refuse(f"/{place}", "wrong_length", f"the model has {width} features, the row has {len(row)} values")
    _refuse("", "empty", "there must be at least one instance")


def _refuse_record(record: Any, place: int, encoding: InputEncoding, ignored: frozenset[str]) -> NoReturn:
    if type(record) is not dict:
        _refuse(f"/{place}", "wrong_type", "each instance is a list of values, or each is an object")
    known = ignored.union(encoding.names)
    for name in record:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            remedy = f"; did you mean {close[0]!r}?" if close else ""
            _refuse(f"/{place}/{_token(name)}", "unknown_column", f"the model knows no {name!r}{remedy}")
    _refuse(f"/{place}", "missing_value", "the record holds none of the model's features")


def _token(name: str) -> str:
    """Return a name as it stands in a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _refuse(pointer: str, code: ProblemCode, detail: str) -> NoReturn:
    raise InvalidError([Problem(pointer, code, detail)])
