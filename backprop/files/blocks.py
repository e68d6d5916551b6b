"""CSV cut into blocks at the ends of lines, which are parsed side by side; numbers are made by the parser itself.

What is odd is left to `stream`, which is slower and can say where it is.
"""

import codecs
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

from backprop.files.arrow import floats
from backprop.files.source import Source, Types, as_texts

PARSERS = min(4, os.cpu_count() or 1)
NOTHING = b"NA"  # among the words for missing in any file


class OddError(Exception):
    """A file is not as it seemed: only `stream` can read it, or say what is wrong with it."""


def blocks(source: Source, types: Callable[[], Types]) -> Iterator[Any]:
    """Yield blocks of columns by the names in `types`; a block that does not hold such numbers holds texts instead.

    `types` is asked for each block that is begun; what the first one holds is known before any other is. Raises
    OddError.
    """
    parser = _Parser(source)
    ahead: deque[Future[Any]] = deque()
    most = 0
    with ThreadPoolExecutor(PARSERS) as pool:
        for number, block in enumerate(_cut(source)):
            ahead.append(pool.submit(parser.parse, block, types(), source.dialect.skip if number == 0 else 0))
            if len(ahead) > most:
                yield ahead.popleft().result()
                most = PARSERS
        while ahead:
            yield ahead.popleft().result()


@dataclass(frozen=True)
class _Parser:
    source: Source

    def parse(self, block: bytes, types: Types, skip: int) -> Any:
        """Return a block's columns."""
        try:
            found = self._numbers(block, types, skip)
            return self._read(block, as_texts(types), skip) if found is None else found
        except pa.ArrowInvalid as error:
            raise OddError from error

    def _numbers(self, block: bytes, types: Types, skip: int) -> Any | None:
        """Return the columns with their numbers; None where one of these is none, or infinite."""
        try:
            found = self._read(block, types, skip)
        except pa.ArrowInvalid:
            return None
        columns = [column for column in found.columns if pa.types.is_floating(column.type)]
        return None if any(np.isinf(floats(column)).any() for column in columns) else found

    def _read(self, block: bytes, types: Types, skip: int) -> Any:
        """Return a block's columns; a row of nothing behind it tells whether it ended outside of quotation marks."""
        names, delimiter = list(self.source.dialect.names), self.source.dialect.delimiter.encode()
        end = b"" if block.endswith(b"\n") else b"\n"
        closed = b"".join([block, end, delimiter.join([NOTHING] * len(names)), b"\n"])
        reading = csv.ReadOptions(use_threads=False, block_size=len(closed), skip_rows=skip, column_names=names)
        table = csv.read_csv(pa.py_buffer(closed), reading, self._writing, self.source.conversion(types))
        rows = table.combine_chunks().to_batches()[0]
        if any(column[-1].is_valid for column in rows.columns):
            raise OddError
        return rows.slice(0, rows.num_rows - 1)

    @cached_property
    def _writing(self) -> Any:
        dialect = self.source.dialect
        return csv.ParseOptions(delimiter=dialect.delimiter, quote_char=dialect.quote, newlines_in_values=True)


def _cut(source: Source) -> Iterator[bytes]:
    """Yield stretches of whole lines that seem to end outside of quotation marks."""
    if codecs.lookup(source.encoding).name not in {"utf-8", "utf-8-sig"}:
        raise OddError
    source.file.seek(0)
    rest = source.file.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8)
    mark = source.dialect.quote.encode()
    while chunk := source.file.read(source.block):
        chunk = rest + chunk
        end = _end(chunk, mark)
        rest = chunk[end:]
        yield chunk[:end]
    if rest:
        yield rest


def _end(chunk: bytes, mark: bytes) -> int:
    """Return where the last line ends that has as many opening quotation marks before it as closing ones."""
    end = chunk.rfind(b"\n") + 1
    marks = chunk.count(mark, 0, end)
    while end and marks % 2:
        before = chunk.rfind(b"\n", 0, end - 1) + 1
        marks -= chunk.count(mark, before, end)
        end = before
    if not end:
        raise OddError
    return end
