"""CSV, block by block: what a column is settles as it comes."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

from backprop.datasets.writer import TableWriter
from backprop.errors import InvalidError, Problem
from backprop.files.blocks import OddError, blocks
from backprop.files.dialect import check_names, check_width, find_dialect
from backprop.files.guesses import Guess, Marks
from backprop.files.options import MISSING_TEXTS, Reading, Room
from backprop.files.source import Source, Types
from backprop.files.stream import stream

HEAD = 2**18
LONGEST_LINE = 2**24
BLOCK = 2**20  # several are held at once: of 4 MiB each they took 400 MB in all, at no gain
SCANNED = 2**20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MOST_PROBLEMS = 20

Blocks = Callable[[Source, Callable[[], Types]], Iterator[Any]]


def read(file: BinaryIO, reading: Reading, room: Room, begin: Callable[[Sequence[str]], TableWriter]) -> TableWriter:
    """Return a writer that holds the table of a CSV file. Raises InvalidError by row and column, and TooLargeError."""
    encoding = reading.encoding or _encoding(file)
    head = _head(file, encoding)
    dialect = find_dialect(head, reading)
    check_width(len(dialect.names), room)
    check_names(dialect.names)
    for name in reading.text:
        if name not in dialect.names:
            raise InvalidError([Problem("?text", "unknown_column", f"there is no column {name[:60]!r}")])
    missing = (*MISSING_TEXTS, *reading.missing)
    source = Source(file, encoding, dialect, missing, max(BLOCK, 16 * len(head.partition("\n")[0])))
    marks = Marks(dialect.decimal, missing, dialect.trim)
    columns = [_Column(place, name, marks, name in reading.text) for place, name in enumerate(dialect.names)]
    try:
        return _fill(begin(dialect.names), source, columns, blocks)
    except OddError:
        return _fill(begin(dialect.names), source, columns, stream)


@dataclass(frozen=True)
class _Column:
    """A column by its place, and what is known of it before its cells are."""

    place: int
    name: str
    marks: Marks
    is_text: bool

    def guess(self, *, is_text: bool = False) -> Guess:
        """Return a new guess of what its cells are."""
        return Guess(self.name, self.marks, is_text=is_text or self.is_text)


def _fill(writer: TableWriter, source: Source, columns: Sequence[_Column], cut: Blocks) -> TableWriter:
    """Return the writer with all cells in it; columns that turn out to be texts midway take a second reading."""
    guesses = [column.guess() for column in columns]
    turned = _add(writer, cut(source, partial(_types, guesses)), columns, guesses)
    if turned:
        again = [columns[place].guess(is_text=True) for place in turned]
        _add(writer, cut(source, partial(_types, again)), [columns[place] for place in turned], again)
    problems = [problem for guess in guesses if (problem := guess.problem(1 + source.dialect.skip))]
    if problems:
        raise InvalidError(problems[:MOST_PROBLEMS])
    return writer


def _add(writer: TableWriter, found: Iterator[Any], columns: Sequence[_Column], guesses: Sequence[Guess]) -> list[int]:
    """Add every block's cells; return the columns that turn out to be texts midway, which begin anew."""
    turned: list[int] = []
    for block in found:
        for place, (column, guess) in enumerate(zip(columns, guesses, strict=True)):
            if column.place in turned:
                continue
            cells = guess.cells(block.column(place))
            if cells is None:
                turned.append(column.place)
                writer.forget(column.place)
            else:
                writer.add(column.place, cells)
    return turned


def _types(guesses: Sequence[Guess]) -> dict[str, Any]:
    return {guess.name: guess.parsed_as for guess in guesses}


def _encoding(file: BinaryIO) -> str:
    """Return the encoding: by its mark, else UTF-8 where all of it is that, else what Windows writes in the west."""
    file.seek(0)
    head = file.read(4)
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(SCANNED):
            if not (chunk.isascii() and decoder.getstate()[0] == b""):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _head(file: BinaryIO, encoding: str) -> str:
    """Return the first lines, whole, as text."""
    file.seek(0)
    content = file.read(HEAD)
    is_all = len(content) < HEAD
    while b"\n" not in content and b"\r" not in content and not is_all:
        more = file.read(HEAD)
        content, is_all = content + more, len(more) < HEAD
        if len(content) > LONGEST_LINE:
            detail = f"the first line has more than {LONGEST_LINE:,} bytes"
            raise InvalidError([Problem("#/columns", "too_many_columns", detail)])
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(content, is_all)
    except (LookupError, UnicodeError) as error:
        raise InvalidError([Problem("#/rows", "wrong_encoding", f"it is not {encoding}: {error}")]) from error
    return text if is_all else text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
