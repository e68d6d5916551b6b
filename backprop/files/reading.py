"""A file read to be kept: small texts here, all else in a process of its own.

A process of its own gives its memory back, keeps no request waiting for Python's lock, is stopped by a limit where a
small file unpacks to gigabytes, and takes nobody with it where a hostile file brings a library down.
"""

import json
import logging
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from backprop.errors import InvalidError, MalformedError, Problem, TooLargeError
from backprop.files.formats import check_content, format_by_content
from backprop.files.options import Format, Reading, Room

HERE_BYTES = 2**20  # files up to here are read in this process, where their format cannot unpack to more
HERE: tuple[Format, ...] = ("csv", "json", "ndjson")
MEMORY_BYTES = 1536 * 2**20  # of address space, most of it libraries
SECONDS = 3600
FRUGAL = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",  # else each thread takes address space of its own, of which there is so much
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Converted:
    """What there is to say of a table: rows and columns, and each column's statistics."""

    description: dict[str, Any]
    statistics: list[dict[str, Any]]


def format_of(file: BinaryIO, named: Format | None, reading: Reading) -> Format:
    """Return the format that a file is to be read in: as said, as its first bytes say, or else CSV.

    Raises InvalidError where its first bytes are those of another format.
    """
    file.seek(0)
    head = file.read(64)
    given = reading.format or named or format_by_content(head) or "csv"
    check_content(given, head)
    return given


def convert(file: BinaryIO, given: Format, reading: Reading, room: Room, into: BinaryIO) -> Converted:
    """Write a file's table to `into` as it is kept, and return what there is to say of it.

    Raises InvalidError by row and column, MalformedError, and TooLargeError where it unpacks to more than it may.
    """
    is_small = given in HERE and file.seek(0, os.SEEK_END) <= HERE_BYTES
    found = (_here if is_small else _apart)(file, given, reading, room, into)
    return Converted(found["description"], found["statistics"])


def _here(file: BinaryIO, given: Format, reading: Reading, room: Room, into: BinaryIO) -> dict[str, Any]:
    from backprop.files import readers  # noqa: PLC0415  pyarrow would slow every start for it

    return readers.convert(file, given, reading, room, into)


def _apart(file: BinaryIO, given: Format, reading: Reading, room: Room, into: BinaryIO) -> dict[str, Any]:
    asked = {"format": given, "reading": asdict(reading), "room": asdict(room), "into": into.fileno()}
    file.seek(0)
    done = subprocess.run(  # noqa: S603  this program itself
        [sys.executable, "-m", "backprop.files", json.dumps(asked)],
        stdin=file,
        capture_output=True,
        pass_fds=[into.fileno()],
        env=os.environ | FRUGAL,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        log.warning("a file could not be read as %s: %s", given, done.stderr[-500:].decode(errors="replace"))
        raise InvalidError([Problem("#", "damaged", f"it cannot be read as {given}")])
    answer: dict[str, Any] = json.loads(done.stdout)
    if "problems" in answer:
        raise InvalidError([Problem(**problem) for problem in answer["problems"]])
    if "malformed" in answer:
        raise MalformedError(answer["malformed"])
    if "too_large" in answer:
        raise TooLargeError(answer["too_large"])
    return answer
