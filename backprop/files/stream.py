"""CSV as one stream of texts: what is wrong with a file is found in the order of its lines, and named by them."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv

from backprop.errors import InvalidError, Problem
from backprop.files.dialect import Dialect
from backprop.files.source import Source, Types, as_texts


def stream(source: Source, types: Callable[[], Types]) -> Iterator[Any]:
    """Yield the columns that `types` names, as texts, block by block. Raises InvalidError by line."""
    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    dialect = source.dialect
    source.file.seek(0)
    try:
        yield from csv.open_csv(
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
            source.conversion(as_texts(types())),
        )
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


class _Unowned:
    """A file that pyarrow reads and does not close."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self.closed = True
