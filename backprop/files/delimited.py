"""CSV, block by block: every cell is read as text, and what its column is settles as it comes."""

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv

from backprop.datasets.writer import TableWriter
from backprop.errors import InvalidError, Problem
from backprop.files.dialect import Dialect, check_names, check_width, find_dialect
from backprop.files.guesses import Guess, Marks
from backprop.files.options import MISSING_TEXTS, Reading, Room

HEAD = 2**18
LONGEST_LINE = 2**24
BLOCK = 2**20  # several are held at once: of 4 MiB each they took 400 MB in all, at no gain
SCANNED = 2**20
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class _Source:
    """A file, how it is written, and how large the blocks are that it is read in."""

    file: BinaryIO
    encoding: str
    dialect: Dialect
    missing: tuple[str, ...]
    block: int


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
    source = _Source(file, encoding, dialect, missing, max(BLOCK, 16 * len(head.partition("\n")[0])))
    marks = Marks(dialect.decimal, missing, dialect.trim)
    guesses = [Guess(name, marks, is_text=name in reading.text) for name in dialect.names]
    writer = begin(dialect.names)
    again = _fill(writer, source, guesses)
    if again:
        texts = [Guess(name, marks, is_text=True) for name in dialect.names]
        _fill(writer, source, texts, again)
    problems = [problem for guess in guesses if (problem := guess.problem(1 + dialect.skip))]
    if problems:
        raise InvalidError(problems[:MOST_PROBLEMS])
    return writer


def _fill(writer: TableWriter, source: _Source, guesses: Sequence[Guess], wanted: Sequence[int] = ()) -> list[int]:
    """Add every block's cells to the columns wanted, by default all; return those that turn out to be texts midway."""
    turned: list[int] = []
    columns = list(wanted or range(len(guesses)))
    for block in _blocks(source, [guesses[column].name for column in columns]):
        for place, column in enumerate(columns):
            if column in turned:
                continue
            cells = guesses[column].cells(block.column(place))
            if cells is None:
                turned.append(column)
                writer.forget(column)
            else:
                writer.add(column, cells)
    return turned


def _blocks(source: _Source, names: Sequence[str]) -> Iterator[Any]:
    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    dialect = source.dialect
    source.file.seek(0)
    try:
        reader = csv.open_csv(
            _Unowned(source.file),
            csv.ReadOptions(
                use_threads=False,
                block_size=source.block,
                skip_rows=dialect.skip,
                column_names=list(dialect.names),
                encoding=source.encoding,
            ),
            csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote,
                newlines_in_values=True,
                invalid_row_handler=refuse,
            ),
            csv.ConvertOptions(
                column_types=dict.fromkeys(dialect.names, pa.string()),
                include_columns=list(names),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=list(source.missing),
            ),
        )
        yield from reader
    except pa.ArrowInvalid as error:
        raise InvalidError([_problem(error, ragged, dialect)]) from error
    except UnicodeError as error:
        raise InvalidError([Problem("#/rows", "wrong_encoding", f"it is not {source.encoding}: {error}")]) from error


def _problem(error: Exception, ragged: Sequence[Any], dialect: Dialect) -> Problem:
    if ragged:
        bad = ragged[0]
        line = bad.number
        shown = (bad.text or "")[:60]
        detail = f"line {line} has {bad.actual_columns} cells where there are {bad.expected_columns} columns: {shown!r}"
        return Problem(f"#/rows/{max(0, line - 1 - dialect.skip)}", "ragged_row", detail)
    if "straddl" in str(error):
        return Problem("#/rows", "too_long", "a row has over a million characters: is a quotation mark never closed?")
    if "Empty CSV" in str(error):
        return Problem("#/rows", "no_rows", "there is no row in it")
    return Problem("#/rows", "damaged", f"it cannot be read as CSV: {re.sub(r'[^ -~]', '?', str(error))[:200]}")


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


class _Unowned:
    """A file that pyarrow reads and does not close."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self.closed = True
