"""The layout of a kept dataset: a mark, the header's length, a JSON header, then arrays that begin at multiples of 8.

Each column is one array of its rows; a text's is a place in a pool of texts, which is the ends of the texts and then
their bytes. No pickle and no zip: what is read can neither run code nor unpack to more than there is.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.datasets.cells import DTYPES, Kind

MARK = b"bptable2"
PREFIX = len(MARK) + 8
Buffer = Any  # bytes, a memoryview or a memory map


@dataclass(frozen=True)
class Pool:
    """Where a column's texts are: `count` ends from `at` on, then `size` bytes. `distinct`: sorted, each text once."""

    at: int
    count: int
    size: int
    distinct: bool


@dataclass(frozen=True)
class Place:
    """Where a column is: `at` counts from where the arrays begin."""

    name: str
    kind: Kind
    whole: bool
    at: int
    pool: Pool | None = None


@dataclass(frozen=True)
class Header:
    """What a kept dataset holds, and from where on in its file the arrays are."""

    rows: int
    places: tuple[Place, ...]
    start: int = 0


def padded(size: int) -> int:
    """Return the next multiple of 8."""
    return -(-size // 8) * 8


def header_bytes(rows: int, places: Sequence[Place]) -> bytes:
    """Return what stands before the arrays."""
    content = {"rows": rows, "columns": [asdict(place) for place in places]}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (padded(PREFIX + len(text)) - PREFIX - len(text))
    return MARK + len(text).to_bytes(8, "little") + text


def read_header(buffer: Buffer) -> Header:
    """Return the header that a buffer begins with. Raises ValueError where it begins with something else."""
    if bytes(buffer[: len(MARK)]) != MARK:
        raise ValueError("these bytes are no kept dataset")
    start = PREFIX + int.from_bytes(buffer[len(MARK) : PREFIX], "little")
    content = json.loads(bytes(buffer[PREFIX:start]))
    return Header(content["rows"], tuple(map(_place, content["columns"])), start)


def values_of(buffer: Buffer, header: Header, place: Place) -> NDArray[Any]:
    """Return a column's array, (rows,), as it lies in the buffer: nothing is read before it is looked at."""
    return np.frombuffer(buffer, DTYPES[place.kind], header.rows, header.start + place.at)


def texts_of(buffer: Buffer, header: Header, pool: Pool, chosen: Sequence[int] | None = None) -> list[str]:
    """Return the texts at these places of a pool, by default all."""
    at = header.start + pool.at
    ends = np.frombuffer(buffer, "<i8", pool.count, at)
    content = memoryview(buffer)[at + ends.nbytes : at + ends.nbytes + pool.size]
    places = range(pool.count) if chosen is None else chosen
    return [str(content[int(ends[place - 1]) if place else 0 : int(ends[place])], "utf-8") for place in places]


def _place(kept: dict[str, Any]) -> Place:
    pool = kept.pop("pool")
    return Place(**kept, pool=None if pool is None else Pool(**pool))
