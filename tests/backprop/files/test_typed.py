"""Parquet and Arrow: types are kept, and what is damaged or no column is refused."""

import io
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from backprop.errors import TooLargeError
from backprop.files.options import Room
from tests.backprop.files.tables import columns, problem, read

MOMENT = datetime(2020, 1, 31, 12, 0, 0, 5, UTC)
TABLE = pa.table(
    {
        "n": pa.array([1, None, 3], pa.int16()),
        "x": [0.5, None, float("nan")],
        "money": [Decimal("1.25"), Decimal(2), None],
        "name": ["Ann", None, "Zoë"],
        "sort": pa.array(["a", "b", "a"]).dictionary_encode(),
        "flag": [True, None, False],
        "day": [date(1970, 1, 2), None, date(1960, 5, 4)],
        "at": pa.array([MOMENT, None, MOMENT], pa.timestamp("ns", "Europe/Berlin")),
        "clock": [time(1, 0, 1), None, None],
        "nothing": pa.nulls(3),
    }
)


def as_parquet(table: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(table, buffer, **options)
    return buffer.getvalue()


def as_arrow(table: Any, *, is_file: bool) -> bytes:
    buffer = io.BytesIO()
    with (ipc.new_file if is_file else ipc.new_stream)(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


FILES = {
    "parquet": as_parquet(TABLE),
    "arrow file": as_arrow(TABLE, is_file=True),
    "arrow stream": as_arrow(TABLE, is_file=False),
}


@pytest.mark.parametrize("name", FILES)
def test_every_type_that_can_be_kept_is_kept(name: str) -> None:
    assert columns(FILES[name], "parquet" if name == "parquet" else "arrow") == {
        "n": ("numeric", [1, None, 3]),
        "x": ("numeric", [0.5, None, None]),
        "money": ("numeric", [1.25, 2.0, None]),
        "name": ("text", ["Ann", None, "Zoë"]),
        "sort": ("text", ["a", "b", "a"]),
        "flag": ("boolean", [True, None, False]),
        "day": ("datetime", ["1970-01-02T00:00:00Z", None, "1960-05-04T00:00:00Z"]),
        "at": ("datetime", ["2020-01-31T12:00:00.000005Z", None, "2020-01-31T12:00:00.000005Z"]),
        "clock": ("numeric", [3601.0, None, None]),
        "nothing": ("numeric", [None, None, None]),
    }


def test_the_format_is_told_by_the_first_bytes() -> None:
    _, found = read(FILES["arrow file"])
    assert found.description["rows"] == 3


@pytest.mark.parametrize("cut", [8, 100, 1000])
def test_a_truncated_file_is_refused(cut: int) -> None:
    found = problem(FILES["parquet"][:-cut])
    assert (found.pointer, found.code) == ("#", "damaged")
    assert problem(FILES["arrow file"][:-cut]).code == "damaged"


def test_a_column_of_lists_is_refused_by_name() -> None:
    found = problem(as_parquet(pa.table({"a": [1], "b": [[1, 2]]})))
    assert (found.pointer, found.code) == ("#/columns/1", "unsupported_type")
    assert "'b'" in found.detail


def test_infinity_is_named_by_its_row() -> None:
    assert problem(as_parquet(pa.table({"a": [1.0, float("inf")]}))).pointer == "#/rows/1/a"


def test_a_file_that_says_that_it_unpacks_to_too_much_is_too_large() -> None:
    bomb = as_parquet(pa.table({"a": pa.array([0.0] * 1_000_000)}), compression="zstd", use_dictionary=False)
    assert len(bomb) < 100_000
    with pytest.raises(TooLargeError, match="1,000,000"):
        read(bomb, room=Room(10**6))


def test_a_small_file_that_unpacks_to_more_than_there_is_room_for_is_too_large() -> None:
    zeros = pa.record_batch({"a": pa.array([0]).take(pa.array([0] * 10_000_000, pa.int32()))})
    buffer = io.BytesIO()
    with ipc.new_file(buffer, zeros.schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(zeros)
    assert len(buffer.getvalue()) < 100_000
    with pytest.raises(TooLargeError):
        read(buffer.getvalue(), room=Room(10**6))


def test_a_file_that_takes_more_memory_than_reading_has_is_too_large() -> None:
    once = pa.array(["x" * 2**20])  # 50 kB, and what it claims to unpack to is no more
    rows = pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([0] * 5000, pa.int32()), once)})
    with pytest.raises(TooLargeError, match="of memory"):
        read(as_parquet(rows, store_schema=False), "parquet")
