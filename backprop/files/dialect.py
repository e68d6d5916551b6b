"""The dialect of a CSV file, found out from its first rows: delimiter, quotation mark, decimal sign, header."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from backprop.errors import InvalidError, Problem
from backprop.files.options import MISSING_TEXTS, Reading, Room

DELIMITERS = (",", ";", "\t", "|", " ")
QUOTES = ('"', "'")
SAMPLE_ROWS = 200
NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
BOOLEANS = {"true", "false"}


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; `skip` lines stand before its rows, `trim` says that blanks stand after delimiters."""

    delimiter: str
    quote: str
    decimal: str
    trim: bool
    names: tuple[str, ...]
    skip: int


def find_dialect(head: str, reading: Reading) -> Dialect:
    """Return the dialect of a file that begins with `head`, whole lines, as far as `reading` does not say it.

    Raises InvalidError where there is no row, or names that stand twice.
    """
    lines = head.splitlines(keepends=True)[reading.skip_rows :]
    quote = reading.quote or _quote(lines)
    delimiter = reading.delimiter or _delimiter(lines, quote)
    rows = _rows(lines, delimiter, quote)
    if not rows:
        raise InvalidError([Problem("#/rows", "no_rows", "there is no row in it")])
    first, body = rows[0], rows[1:]
    has_header = _has_header(first, body) if reading.header is None else reading.header
    names = reading.columns or (_names(first) if has_header else [f"column_{n}" for n in range(1, len(first) + 1)])
    if len(names) != len(first):
        detail = f"there are {len(names)} names for {len(first)} columns"
        raise InvalidError([Problem("?columns", "wrong_length", detail)])
    decimal = reading.decimal or _decimal(body, delimiter)
    trim = delimiter != " " and _is_padded(rows)
    return Dialect(delimiter, quote, decimal, trim, tuple(names), reading.skip_rows + has_header)


def _quote(lines: Sequence[str]) -> str:
    """Return the mark that more cells are wrapped in."""
    sample = "".join(lines[:SAMPLE_ROWS])

    def wrapped(mark: str) -> int:
        return len(re.findall(rf"(?:^|[,;\t| ]){mark}[^{mark}\n]*{mark}(?=[,;\t| \r\n]|$)", sample, re.MULTILINE))

    return max(QUOTES, key=wrapped)


def _delimiter(lines: Sequence[str], quote: str) -> str:
    """Return the delimiter that makes the most rows equally long; of several, that which makes the most cells."""

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in _rows(lines, delimiter, quote)]
        usual = max(set(widths), key=widths.count, default=1)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)

    scores = {delimiter: score(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: (round(scores[delimiter][0], 1), scores[delimiter][1]))
    if best == " " and scores[best][0] < 1:
        best = max(DELIMITERS[:-1], key=lambda delimiter: scores[delimiter])
    return best if scores[best][0] else ","


def _rows(lines: Sequence[str], delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    try:
        return [row for row in islice(reader, SAMPLE_ROWS) if row]
    except csv.Error as error:
        raise InvalidError([Problem("#/rows", "damaged", f"line {reader.line_num}: {error}")]) from error


def _has_header(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: no number stands in it, and it is no row like those below."""
    cells = [cell.strip() for cell in first]
    if any(NUMBER.fullmatch(cell) or cell.lower() in BOOLEANS for cell in cells) or not any(cells):
        return False
    named = [cell for cell in cells if cell]
    return (bool(body) and len(set(named)) == len(named)) or not any(cell in MISSING_TEXTS for cell in cells)


def _names(first: Sequence[str]) -> list[str]:
    names = [cell.strip() or f"column_{place}" for place, cell in enumerate(first, 1)]
    check_names(names)
    return names


def check_width(width: int, room: Room) -> None:
    """Raise InvalidError where there are more columns than there may be."""
    if width > room.columns:
        detail = f"there are {width:,} columns, and may be {room.columns:,}"
        raise InvalidError([Problem("#/columns", "too_many_columns", detail)])


def check_names(names: Sequence[str]) -> None:
    """Raise InvalidError where a column's name stands twice, is too long or holds a NUL."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        at = f"#/columns/{place}"
        if name in seen:
            raise InvalidError([Problem(at, "duplicate", f"the name {name[:60]!r} stands twice")])
        if not 1 <= len(name) <= 500 or "\0" in name:
            detail = f"column {place + 1}: a name has 1 to 500 characters, none of them a NUL"
            raise InvalidError([Problem(at, "bad_name", detail)])
        seen.add(name)


def _decimal(body: Sequence[Sequence[str]], delimiter: str) -> str:
    cells = [cell for row in body for cell in row]
    has_commas = delimiter != "," and any(DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    has_points = any(re.fullmatch(r"\s*[+-]?\d*\.\d+\s*", cell) for cell in cells)
    return "," if has_commas and not has_points else "."


def _is_padded(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row[1:] if cell]
    return bool(cells) and sum(cell.startswith(" ") for cell in cells) > 0.9 * len(cells)
