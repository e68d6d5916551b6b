"""Nested lists of numbers, as JSON has them, become arrays; what is no number is refused by its pointer."""

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.errors import InvalidError, Problem
from backprop.schemas.flaws import shown


def array_of(value: Any, axes: int, at: str) -> NDArray[np.float64]:
    """Return a list of numbers (1 axis), or of rows of them (2 axes), as float64, infinite where one is too large.

    Raises InvalidError at `at`.
    """
    rows = value if axes == 2 else [value]
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        what = "a list of rows of numbers" if axes == 2 else "a list of numbers"
        raise InvalidError([Problem(at, "wrong_type", f"takes {what}, not {shown(value)}")])
    for place, row in enumerate(rows):
        if len(row) != len(rows[0]):
            detail = f"the row has {len(row)} numbers, the first row has {len(rows[0])}"
            raise InvalidError([Problem(f"{at}/{place}", "wrong_length", detail)])
    # NumPy would take true and "1" for numbers.
    if not set(map(type, chain.from_iterable(rows))) <= {int, float}:
        raise InvalidError([Problem(at, "wrong_type", "holds something that is no number")])
    try:
        array = np.array(rows, dtype=np.float64)
    except OverflowError as error:
        raise InvalidError([Problem(at, "too_large", "holds a number beyond float64")]) from error
    return array if axes == 2 else array[0]
