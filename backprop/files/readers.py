"""The readers by format, and a file read whole: what `reading` has done here or in a process of its own."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO

from backprop.datasets.statistics import describe
from backprop.datasets.writer import TableWriter
from backprop.files import delimited, documents, npz, typed
from backprop.files.options import Format, Reading, Room

Begin = Callable[[Sequence[str]], TableWriter]
Reader = Callable[[BinaryIO, Reading, Room, Begin], TableWriter]

READERS: Mapping[Format, Reader] = MappingProxyType(
    {
        "csv": delimited.read,
        "parquet": typed.read_parquet,
        "arrow": typed.read_arrow,
        "npz": npz.read_npz,
        "json": documents.read_json,
        "ndjson": documents.read_lines,
    }
)


def convert(file: BinaryIO, given: Format, reading: Reading, room: Room, into: BinaryIO) -> dict[str, Any]:
    """Write a file's table to `into` as it is kept; return its description and its columns' statistics.

    Raises InvalidError by row and column, MalformedError and TooLargeError.
    """
    writers: list[TableWriter] = []

    def begin(names: Sequence[str]) -> TableWriter:
        writers.append(TableWriter(names, room.folder, room.bytes))
        return writers[-1]

    file.seek(0)
    try:
        READERS[given](file, reading, room, begin).finish(into)
    finally:
        for writer in writers:
            writer.close()
    into.flush()
    description, statistics = describe(into)
    return {"description": description, "statistics": statistics}
