"""A table's bytes: a mark, the header's length, a JSON header, then one little-endian array a column.

No pickle and no zip: what is read back can neither run code nor unpack to more than the header's row count allows.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.datasets.cells import Kind

Entry = tuple[str, Kind, bool, NDArray[Any]]

_MARK = b"bptable1"
_PREFIX = len(_MARK) + 8
_STORED: dict[str, np.dtype[Any]] = {
    "numeric": np.dtype("<f8"),
    "datetime": np.dtype("<f8"),
    "boolean": np.dtype("i1"),
    "text": np.dtype("<i4"),
}
_NUMBERS = ("numeric", "datetime")


def pack(entries: Sequence[Entry]) -> bytes:
    """Return columns, each (name, kind, whole, values), as bytes that depend on nothing else."""
    codings = [_code(kind, values) for _, kind, _, values in entries]
    header = {
        "rows": len(entries[0][3]),
        "columns": [
            {"name": name, "kind": kind, "whole": whole, "texts": texts}
            for (name, kind, whole, _), (texts, _) in zip(entries, codings, strict=True)
        ],
    }
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join([_MARK, len(text).to_bytes(8, "little"), text, *(stored.tobytes() for _, stored in codings)])


def unpack(content: bytes) -> Iterator[Entry]:
    """Yield the columns that `pack` was given; ValueError where the bytes are not its."""
    if content[: len(_MARK)] != _MARK:
        raise ValueError("these bytes are no table")
    start = _PREFIX + int.from_bytes(content[len(_MARK) : _PREFIX], "little")
    header = json.loads(content[_PREFIX:start])
    rows, columns = header["rows"], header["columns"]
    if len(content) != start + rows * sum(_STORED[column["kind"]].itemsize for column in columns):
        raise ValueError("the table's bytes are cut short or have more after them")
    for column in columns:
        stored = np.frombuffer(content, _STORED[column["kind"]], count=rows, offset=start)
        start += stored.nbytes
        yield column["name"], column["kind"], column["whole"], _decode(column["kind"], column["texts"], stored)


def _code(kind: str, values: NDArray[Any]) -> tuple[list[str] | None, NDArray[Any]]:
    """Return a column's array as stored and, for text, the sorted distinct texts that it points into."""
    if kind in _NUMBERS:
        # Every NaN becomes the same NaN, as its sign and payload would change the sha256.
        return None, np.where(np.isnan(values), np.nan, values).astype(_STORED[kind])
    if kind == "boolean":
        return None, _positions(values, [False, True], kind)
    texts = sorted({value for value in values if value is not None})
    return texts, _positions(values, texts, kind)


def _positions(values: NDArray[Any], choices: Sequence[str | bool], kind: str) -> NDArray[Any]:
    places: dict[str | bool | None, int] = {choice: place for place, choice in enumerate(choices)}
    places[None] = -1
    return np.fromiter((places[value] for value in values), _STORED[kind], count=len(values))


def _decode(kind: str, texts: Iterable[str] | None, stored: NDArray[Any]) -> NDArray[Any]:
    if kind in _NUMBERS:
        return stored.astype(np.float64)
    # A missing value is stored as -1, which takes the last entry.
    choices = np.array([*(texts if texts is not None else (False, True)), None], dtype=object)
    decoded: NDArray[Any] = choices[stored]
    return decoded
