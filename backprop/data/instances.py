"""Raw rows and records from outside, checked cell by cell and encoded just as the training rows were.

Checks run over whole rows at once, in C; only when one fails are the cells walked, to name the bad ones.
"""

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data import flaws
from backprop.data.features import Categorical
from backprop.data.flaws import Place
from backprop.data.inputs import InputEncoding, Matrix


def encode_rows(encoding: InputEncoding, rows: list[Any]) -> Matrix:
    """Return x, (rows, inputs), of rows that each hold exactly the features in order.

    InvalidError points at the first bad cell of each bad row, `/{row}/{column}`, or at what is no row at all.
    """
    if set(map(type, rows)) != {list} or set(map(len, rows)) != {len(encoding.features)}:
        flaws.refuse(flaws.of_rows(encoding, rows))
    return _encode(encoding, rows, flaws.in_row)


def encode_records(encoding: InputEncoding, ignored: frozenset[str], records: list[Any]) -> Matrix:
    """Return x, (rows, inputs), of records by feature name; names in `ignored` may be there and count for nothing.

    A feature that is left out is a missing value. InvalidError points at the first bad cell of each bad record,
    `/{row}/{name}`.
    """
    names = encoding.names
    known = ignored.union(names)
    rows = []
    for record in records:
        if type(record) is not dict or not record.keys() <= known or record.keys().isdisjoint(names):
            flaws.refuse(flaws.of_records(encoding, ignored, records))
        rows.append([*map(record.get, names)])
    if not rows:
        flaws.refuse(flaws.of_records(encoding, ignored, records))
    return _encode(encoding, rows, flaws.in_record(encoding))


def encode_array(encoding: InputEncoding, rows: NDArray[Any]) -> Matrix:
    """Return x, (rows, inputs), of an array of numbers, (rows, features), NaN being a missing value."""
    misfit = flaws.of_array(encoding, rows)
    if misfit is not None:
        flaws.refuse([misfit])
    numbers = rows.astype(np.float64)  # a copy, which encoding overwrites
    if not np.isfinite(numbers).all():
        refused = [*flaws.of_numbers(encoding, numbers)]
        if refused:
            flaws.refuse(refused)
    return _in_range(encoding, encoding.encode(numbers, []), flaws.in_row)


def _encode(encoding: InputEncoding, rows: list[list[Any]], place: Place) -> Matrix:
    """Return x of rows that hold one cell a feature."""
    numeric = encoding.numeric
    given = rows if len(numeric) == len(encoding.features) else [[row[feature] for feature in numeric] for row in rows]
    numbers = _numbers(encoding, given)
    switched = _switched(encoding, rows)
    if numbers is None or switched is None:
        flaws.refuse(flaws.of_cells(encoding, rows, place))
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
        flaws.refuse(flaws.of_inputs(encoding, x, place))
    return x
