"""Files read as an upload is, and what became of their columns."""

import io
import tempfile
from typing import Any

from backprop.data import Table, table_of
from backprop.errors import InvalidError, Problem
from backprop.files.options import Format, Reading, Room
from backprop.files.reading import Converted, convert, format_of

ROOM = Room(10**8)


def read(content: bytes, named: Format | None = None, room: Room = ROOM, **said: Any) -> tuple[Table, Converted]:
    """Return a file's table, and what there is to say of it."""
    file, reading = io.BytesIO(content), Reading(**said)
    with tempfile.TemporaryFile() as spooled, tempfile.TemporaryFile() as into:
        spooled.write(file.getvalue())
        found = convert(spooled, format_of(spooled, named, reading), reading, room, into)
        into.seek(0)
        return table_of(into.read()), found


def columns(content: bytes, named: Format | None = None, **said: Any) -> dict[str, tuple[str, list[Any]]]:
    """Return each column's kind and values by its name."""
    table, _ = read(content, named, **said)
    return {column.name: (column.kind, column.scalars(slice(None))) for column in table.columns}


def problem(content: bytes, named: Format | None = None, **said: Any) -> Problem:
    """Return the first problem of a file that is refused."""
    try:
        read(content, named, **said)
    except InvalidError as error:
        return error.problems[0]
    raise AssertionError("it was read")
