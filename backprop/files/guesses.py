"""Guesses: what the texts of a CSV column are, numbers, booleans, times or texts, settled as the column comes in."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from backprop.datasets.cells import Cells, Flags, Missing, Numbers
from backprop.datasets.writer import cell_problem
from backprop.errors import Problem
from backprop.files.arrow import EXACT, MICROSECONDS, flags, floats, instants, strings, texts
from backprop.files.options import MISSING_TEXTS

SHARE_OF_NUMBERS = 0.9  # of a column's cells: from here on the others are mistakes, below it the column is text
ZONED = pa.timestamp("us", "UTC")
TRUE, FLAGS = strings(["true"]), strings(["true", "false"])


@dataclass(frozen=True)
class Marks:
    """How a file writes its cells: the decimal sign, texts that stand for nothing, blanks to be taken off."""

    decimal: str = "."
    missing: tuple[str, ...] = MISSING_TEXTS
    trim: bool = False

    def trimmed(self, array: Any) -> Any:
        """Return texts without the blanks around them, null for those that stand for nothing."""
        plain = pc.utf8_trim_whitespace(array)
        return pc.if_else(pc.is_in(plain, strings(self.missing)), pa.NULL, plain)


@dataclass(frozen=True)
class Stranger:
    """The first cell that is no number among numbers."""

    row: int
    text: str


class Guess:
    """What one column is. `kind` None: no value has come yet. Once it is text it stays so.

    A column of which nine cells in ten are numbers is one of numbers, and the others are mistakes to be named.
    """

    def __init__(self, name: str, marks: Marks, *, is_text: bool = False) -> None:
        self.name = name
        self.kind: Literal["numeric", "boolean", "datetime", "text"] | None = "text" if is_text else None
        self._marks = marks
        self._whole = True
        self._rows = self._present = self._strange = 0
        self._stranger: Stranger | None = None

    @property
    def parsed_as(self) -> Any:
        """The type that a parser may make of the cells to come: texts, or the numbers that they seem to be."""
        if self.kind != "numeric" or self._marks.decimal != ".":
            return pa.string()
        return pa.int64() if self._whole else pa.float64()

    def cells(self, array: Any) -> Cells | None:
        """Return what an array of texts, or of the numbers that were asked for by `parsed_as`, holds.

        None: it is no longer what it was taken for, and its column is text.
        """
        if not pa.types.is_string(array.type):
            return self._parsed(array)
        start = self._rows
        self._rows += len(array)
        if self._marks.trim:
            array = self._marks.trimmed(array)
        if array.null_count == len(array):
            return Missing(len(array))
        if self.kind == "text":
            return texts(array)
        if self.kind is None:
            self.kind = self._kind(array)
        found = self._as_kind(array, start)
        if found is None:
            self.kind = "text"
            return texts(array) if start == 0 else None
        return found

    def problem(self, line_of_first_row: int) -> Problem | None:
        """Return what is wrong with the column, once it is whole."""
        if self.kind != "numeric" or self._stranger is None:
            return None
        row, text = self._stranger.row, self._stranger.text
        detail = (
            f"{text[:60]!r} is no number, as the others are; mend it, or say ?missing={text[:60]} if that stands for "
            f"nothing, or ?text={self.name} if these are texts"
        )
        return cell_problem(row, self.name, "not_a_number", detail, line=line_of_first_row + row)

    def _parsed(self, array: Any) -> Cells:
        self._rows += len(array)
        if array.null_count == len(array):
            return Missing(len(array))
        self._present += len(array) - array.null_count
        self._whole = self._whole and pa.types.is_integer(array.type) and _is_exact(array)
        return Numbers(floats(array.cast(pa.float64(), safe=False)), self._whole)

    def _kind(self, array: Any) -> Literal["numeric", "boolean", "datetime", "text"]:
        if self._numbers(array) is not None:
            return "numeric"
        if _flags(array) is not None:
            return "boolean"
        return "text" if instants_in(array) is None else "datetime"

    def _as_kind(self, array: Any, start: int) -> Cells | None:
        if self.kind == "boolean":
            return _flags(array)
        if self.kind == "datetime":
            return instants_in(array)
        if self.kind == "numeric":
            return self._count(array, start)
        return texts(array)

    def _count(self, array: Any, start: int) -> Cells | None:
        """Return numbers, NaN for what is none, as long as nine in ten of all that have come are some."""
        found = self._numbers(array)
        if found is None:
            return None
        values, strange = found
        self._present += len(array) - array.null_count
        if strange is not None:
            self._strange += int(strange.sum())
            if self._stranger is None and strange.any():
                place = int(np.argmax(strange))
                self._stranger = Stranger(start + place, array[place].as_py())
        if self._strange > (1 - SHARE_OF_NUMBERS) * self._present:
            return None
        self._whole = self._whole and strange is None and _is_whole(array)
        return Numbers(values, self._whole)

    def _numbers(self, array: Any) -> tuple[Any, Any] | None:
        """Return the numbers and which cells are none (None: all are numbers); None where too many are none."""
        try:
            values = floats(array.cast(pa.float64())) if self._marks.decimal == "." else None
        except pa.ArrowInvalid:
            values = None
        if values is not None and not np.isinf(values).any():
            return values, None
        return self._some_numbers(array)

    def _some_numbers(self, array: Any) -> tuple[Any, Any] | None:
        plain = self._marks.trimmed(array)  # quoted, what stands for nothing is a text to the parser
        if self._marks.decimal == ",":
            plain = pc.replace_substring(plain, ",", ".")
        is_number = pc.match_substring_regex(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        present = len(plain) - plain.null_count
        if (pc.sum(is_number).as_py() or 0) < SHARE_OF_NUMBERS * present:
            return None
        values = floats(pc.if_else(is_number, plain, pa.NULL).cast(pa.float64())).copy()
        strange = pc.fill_null(pc.invert(is_number), False).to_numpy(zero_copy_only=False)
        strange |= np.isinf(values)
        values[np.isinf(values)] = np.nan
        if strange.sum() > (1 - SHARE_OF_NUMBERS) * max(1, present):
            return None
        return values, strange if strange.any() else None


def _is_whole(array: Any) -> bool:
    try:
        return _is_exact(array.cast(pa.int64()))
    except pa.ArrowInvalid:
        return False


def _is_exact(whole: Any) -> bool:
    """Whether float64 holds each of these integers."""
    least, most = pc.min_max(whole).values()
    return least.as_py() is None or -EXACT <= least.as_py() <= most.as_py() <= EXACT


def _flags(array: Any) -> Flags | None:
    lower = pc.utf8_lower(array)
    if (pc.sum(pc.is_in(lower, FLAGS)).as_py() or 0) < len(array) - array.null_count:
        return None
    return flags(pc.if_else(lower.is_valid(), pc.is_in(lower, TRUE), pa.NULL))


def instants_in(array: Any) -> Cells | None:
    """Return the times that an array of texts holds; None where one of them is none."""
    for kind in (MICROSECONDS, ZONED):
        try:
            return instants(array.cast(kind))
        except pa.ArrowInvalid:
            continue
    return None
