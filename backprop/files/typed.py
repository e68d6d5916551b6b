"""Parquet and Arrow IPC: columns that have their types already, block by block."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import ipc, parquet

from backprop.datasets.writer import TableWriter
from backprop.errors import InvalidError, Problem, TooLargeError
from backprop.files.arrow import UnsupportedTypeError, cells_of
from backprop.files.dialect import check_names, check_width
from backprop.files.options import Reading, Room

BLOCK_CELLS = 2**19
Begin = Callable[[Sequence[str]], TableWriter]


def read_parquet(file: BinaryIO, _: Reading, room: Room, begin: Begin) -> TableWriter:
    """Return a writer that holds the table of a Parquet file."""
    try:
        opened = parquet.ParquetFile(file, pre_buffer=False)
        metadata = opened.metadata
        unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
        if max(unpacked, metadata.num_rows * metadata.num_columns) > room.bytes:
            raise TooLargeError(f"it unpacks to {unpacked:,} bytes, and may take {room.bytes:,}")
        names = opened.schema_arrow.names
        blocks = opened.iter_batches(_block_rows(names), use_threads=False)
        return _fill(names, blocks, room, begin)
    except MemoryError:
        raise  # Arrow's is one of its exceptions, too: the file is whole, and too large
    except (pa.ArrowException, OSError) as error:
        raise _damaged("Parquet", error) from error


def read_arrow(file: BinaryIO, _: Reading, room: Room, begin: Begin) -> TableWriter:
    """Return a writer that holds the table of an Arrow IPC file or stream."""
    is_file = file.read(6) == b"ARROW1"
    file.seek(0)
    try:
        opened = ipc.open_file(file) if is_file else ipc.open_stream(file)
        batches = map(opened.get_batch, range(opened.num_record_batches)) if is_file else iter(opened)
        return _fill(opened.schema.names, _cut(batches, _block_rows(opened.schema.names)), room, begin)
    except MemoryError:
        raise  # Arrow's is one of its exceptions, too: the file is whole, and too large
    except (pa.ArrowException, OSError) as error:
        raise _damaged("Arrow", error) from error


def _fill(names: Sequence[str], blocks: Iterator[Any], room: Room, begin: Begin) -> TableWriter:
    check_width(len(names), room)
    check_names(names)
    writer = begin(names)
    for block in blocks:
        for place, column in enumerate(block.columns):
            try:
                writer.add(place, cells_of(column))
            except UnsupportedTypeError as error:
                detail = f"column {names[place]!r} holds {error}; numbers, texts, booleans and times can be kept"
                raise InvalidError([Problem(f"#/columns/{place}", "unsupported_type", detail)]) from error
    return writer


def _cut(batches: Iterator[Any], rows: int) -> Iterator[Any]:
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield batch.slice(start, rows)


def _block_rows(names: Sequence[str]) -> int:
    return max(256, BLOCK_CELLS // max(1, len(names)))


def _damaged(name: str, error: Exception) -> InvalidError:
    return InvalidError([Problem("#", "damaged", f"it is no whole {name} file: {str(error)[:200]}")])
