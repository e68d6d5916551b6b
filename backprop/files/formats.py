"""The formats that files come in, and how one is told: by what the client says, by its name, by its first bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from backprop.errors import InvalidError, Problem
from backprop.files.options import Format


@dataclass(frozen=True)
class Kind:
    """A format: the media types and the endings that name it, and the bytes that it begins with, if it always does."""

    media_types: tuple[str, ...]
    endings: tuple[str, ...]
    magic: bytes = b""


FORMATS: Mapping[Format, Kind] = MappingProxyType(
    {
        "csv": Kind(("text/csv", "application/csv", "text/tab-separated-values", "text/plain"), ("csv", "tsv", "txt")),
        "parquet": Kind(
            ("application/vnd.apache.parquet", "application/parquet", "application/x-parquet"),
            ("parquet", "pq"),
            b"PAR1",
        ),
        "arrow": Kind(
            ("application/vnd.apache.arrow.file", "application/vnd.apache.arrow.stream", "application/x-arrow"),
            ("arrow", "feather", "ipc", "arrows"),
        ),
        "npz": Kind(("application/x-npz",), ("npz",), b"PK"),
        "json": Kind(("application/json",), ("json",)),
        "ndjson": Kind(
            ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
            ("ndjson", "jsonl"),
        ),
    }
)
UNNAMED = ("", "application/octet-stream", "application/x-www-form-urlencoded")  # the last is what curl says by itself
_MARKS: Mapping[bytes, Format] = MappingProxyType({b"PAR1": "parquet", b"ARROW1": "arrow", b"PK\x03\x04": "npz"})
_SPREADSHEET = re.compile(rb"PK\x03\x04.{26}\[Content_Types\]|\xd0\xcf\x11\xe0", re.DOTALL)


def named_format(media_type: str, filename: str) -> Format | None:
    """Return the format that a media type names or, where it says nothing, the ending of a file's name."""
    for name, kind in FORMATS.items():
        if media_type in kind.media_types:
            return name
    if media_type not in UNNAMED:
        return None
    ending = filename.rpartition(".")[2].lower()
    return next((name for name, kind in FORMATS.items() if "." in filename and ending in kind.endings), None)


def format_by_content(head: bytes) -> Format | None:
    """Return the format of a file that begins so, where its first bytes tell."""
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)


def check_content(given: Format, head: bytes) -> None:
    """Raise InvalidError where a file begins with the bytes of another format than it should be."""
    magic, found = FORMATS[given].magic, format_by_content(head)
    if head.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        _refuse("it is compressed; send it as it is")
    if _SPREADSHEET.match(head):
        _refuse("it is a spreadsheet; save it as CSV")
    if found is not None and found != given:
        _refuse(f"it is sent as {given}, and its first bytes are those of {found}")
    if magic and not head.startswith(magic):
        _refuse(f"it is sent as {given}, and does not begin as such a file does")


def _refuse(detail: str) -> None:
    raise InvalidError([Problem("#", "wrong_format", detail)])
