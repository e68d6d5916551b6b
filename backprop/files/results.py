"""Results of predictions as files: CSV, Parquet and JSON lines, written part by part.

As a process of its own it reads the parts from its input, each after its length, and writes the file to its output.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from backprop.datasets.cells import Kind
from backprop.datasets.storage import unpack
from backprop.datasets.times import time_text
from backprop.files.writing import LENGTH_BYTES, Form

TYPES: Mapping[Kind, Any] = {
    "numeric": pa.float64(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "text": pa.string(),
}


def write(parts: Iterable[bytes], form: Form, into: BinaryIO) -> None:
    """Write a result to a file, with no more than one of its parts in memory."""
    WRITERS[form](parts, into)


def _write_csv(parts: Iterable[bytes], into: BinaryIO) -> None:
    batches = (_with_times_as_text(_batch(part)) for part in parts)
    _write_batches(batches, lambda schema: csv.CSVWriter(into, schema))


def _write_parquet(parts: Iterable[bytes], into: BinaryIO) -> None:
    _write_batches(map(_batch, parts), lambda schema: parquet.ParquetWriter(into, schema))


def _write_ndjson(parts: Iterable[bytes], into: BinaryIO) -> None:
    for part in parts:
        batch = _with_times_as_text(_batch(part))
        names = batch.schema.names
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        into.write(b"".join(orjson.dumps(dict(zip(names, row, strict=True))) + b"\n" for row in rows))


WRITERS: Mapping[Form, Callable[[Iterable[bytes], BinaryIO], None]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "ndjson": _write_ndjson,
}


def _write_batches(batches: Iterator[Any], begin: Callable[[Any], Any]) -> None:
    first = next(batches)
    with begin(first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def _batch(part: bytes) -> Any:
    columns = {name: _array(kind, whole, values) for name, kind, whole, values in unpack(part)}
    return pa.RecordBatch.from_arrays([*columns.values()], [*columns])


def _array(kind: Kind, whole: bool, values: NDArray[Any]) -> Any:
    if kind in {"text", "boolean"}:
        return pa.array(values.tolist(), TYPES[kind])
    missing = np.isnan(values)
    if kind == "datetime" or whole:
        numbers = np.where(missing, 0, values).astype(np.int64)
        return pa.array(numbers, pa.int64() if whole else TYPES[kind], mask=missing)
    return pa.array(values, TYPES[kind], mask=missing)


def _with_times_as_text(batch: Any) -> Any:
    """Return a batch whose times are texts as all of this service's are."""
    for place, column in enumerate(batch.columns):
        if pa.types.is_timestamp(column.type):
            texts = [None if us is None else time_text(us) for us in column.cast(pa.int64()).to_pylist()]
            batch = batch.set_column(place, batch.schema.names[place], pa.array(texts, pa.string()))
    return batch


def _parts(given: BinaryIO) -> Iterator[bytes]:
    while length := given.read(LENGTH_BYTES):
        yield given.read(int.from_bytes(length, "little"))


if __name__ == "__main__":
    write(_parts(sys.stdin.buffer), sys.argv[1], sys.stdout.buffer)  # type: ignore[arg-type]  # our own program asks
