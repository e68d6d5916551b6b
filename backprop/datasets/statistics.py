"""Statistics of a kept dataset's columns, read block by block: what a person looks at before training on them."""

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from backprop.datasets.cells import DTYPES
from backprop.datasets.layout import PREFIX, Header, Place, read_header
from backprop.datasets.times import time_text

BLOCK = 2**18  # cells
SAMPLE = 2**18  # rows at most that quantiles are taken of, evenly spaced
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS = 20
TOP = 10
LONGEST_SHOWN = 100
FEW = 20  # rows; fewer say nothing about what a column is for
READERS = min(4, os.cpu_count() or 1)

Statistics = dict[str, Any]


class KeptFile:
    """A kept dataset in a file, read where it is looked at, by several threads at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._turn = file, Lock()
        prefix = self._read(0, PREFIX)
        self.header: Header = read_header(prefix + self._read(PREFIX, int.from_bytes(prefix[-8:], "little")))

    def blocks(self, place: Place) -> Iterator[NDArray[Any]]:
        """Yield a column's values, some rows at a time."""
        dtype, rows = DTYPES[place.kind], self.header.rows
        for first in range(0, rows, BLOCK):
            at, count = self.header.start + place.at + first * dtype.itemsize, min(BLOCK, rows - first)
            yield np.frombuffer(self._read(at, count * dtype.itemsize), dtype)

    def texts(self, place: Place, chosen: Sequence[int]) -> list[str]:
        """Return the texts at these places of a column's pool, each cut to what is shown."""
        return [self._text(place, number) for number in chosen]

    def _text(self, place: Place, number: int) -> str:
        pool = place.pool
        assert pool is not None  # noqa: S101  a column of texts has one
        at = self.header.start + pool.at
        ends = np.frombuffer(self._read(at + 8 * max(0, number - 1), 16 if number else 8), "<i8").tolist()
        begin, end = (0, ends[0]) if number == 0 else ends
        content = self._read(at + 8 * pool.count + begin, min(end - begin, 4 * LONGEST_SHOWN))
        return content.decode(errors="ignore")[:LONGEST_SHOWN]

    def _read(self, at: int, size: int) -> bytes:
        with self._turn:
            self._file.seek(at)
            return self._file.read(size)


def describe(file: BinaryIO) -> tuple[dict[str, Any], list[Statistics]]:
    """Return what a kept dataset is (rows, each column's name, kind and notes), and each column's statistics."""
    kept = KeptFile(file)
    with ThreadPoolExecutor(READERS) as pool:
        statistics = list(pool.map(partial(_of_column, kept), kept.header.places))
    columns = [
        {"name": place.name, "kind": place.kind, "missing": found["missing"], "notes": found["notes"]}
        for place, found in zip(kept.header.places, statistics, strict=True)
    ]
    return {"rows": kept.header.rows, "columns": columns}, statistics


def _of_column(kept: KeptFile, place: Place) -> Statistics:
    about: Statistics = {"name": place.name, "kind": place.kind}
    with np.errstate(over="ignore", invalid="ignore"):  # of numbers near float64's end: what is not finite is left out
        return about | (_of_numbers if place.kind in {"numeric", "datetime"} else _of_choices)(kept, place)


def _of_numbers(kept: KeptFile, place: Place) -> Statistics:
    rows = kept.header.rows
    step = max(1, -(-rows // SAMPLE))
    present, total, least, most = 0, 0.0, math.inf, -math.inf
    sample: list[NDArray[Any]] = []
    seen, previous, is_counting = 0, math.nan, place.whole
    for values in kept.blocks(place):
        known = values[~np.isnan(values)]
        sample.append(values[-seen % step :: step].copy())  # a view would keep the whole block
        seen += len(values)
        present += len(known)
        if len(known):
            total += float(known.sum())
            least, most = min(least, float(known.min())), max(most, float(known.max()))
        if is_counting:
            is_counting = bool((np.diff(values, prepend=previous if seen > len(values) else values[0] - 1) == 1).all())
            previous = float(values[-1])
    found: Statistics = {"missing": rows - present, "distinct": None}
    if present == 0:
        return found | {"notes": ["empty"]}
    drawn = np.concatenate(sample)
    drawn = drawn[~np.isnan(drawn)]
    mean = total / present
    if step == 1:
        found["distinct"] = len(np.unique(drawn))
    is_identifier = is_counting and rows >= FEW
    found["notes"] = ["constant"] if least == most else ["identifier"] if is_identifier else []
    squares, counts = _spread(kept, place, mean, (least, most))
    quantiles = np.quantile(drawn, QUANTILES).tolist() if len(drawn) else [math.nan] * len(QUANTILES)
    if place.kind == "numeric":
        found |= {"mean": _finite(mean), "std": _finite(math.sqrt(squares / present))}
    return found | _shown(place, (least, most), quantiles, counts)


def _spread(kept: KeptFile, place: Place, mean: float, ends: tuple[float, float]) -> tuple[float, list[int]]:
    """Return the sum of squared distances from the mean, and how many values each of equal bins has."""
    squares, counts = 0.0, np.zeros(BINS, np.int64)
    width = ends[1] - ends[0]
    for values in kept.blocks(place):
        known = values[~np.isnan(values)]
        squares += float(np.square(known - mean).sum())
        if 0 < width < math.inf:
            bins = np.minimum((known - ends[0]) * (BINS / width), BINS - 1).astype(np.intp)
            counts += np.bincount(bins, minlength=BINS)
        else:
            counts[0] += len(known)
    return squares, counts.tolist() if 0 < width < math.inf else [int(counts[0])]


def _shown(place: Place, ends: tuple[float, float], quantiles: list[float], counts: list[int]) -> Statistics:
    """Return where the values lie, times as text."""
    least, most = ends
    edges = np.linspace(least, most, BINS + 1).tolist() if len(counts) == BINS else [least, most]
    show: Callable[[float], Any] = time_text if place.kind == "datetime" else _finite
    return {
        "min": show(least),
        "max": show(most),
        "quantiles": {f"{share:g}": show(value) for share, value in zip(QUANTILES, quantiles, strict=True)},
        "histogram": {"edges": [show(edge) for edge in edges], "counts": counts},
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _of_choices(kept: KeptFile, place: Place) -> Statistics:
    """Return what there is to say of texts or booleans; of texts too many for a dictionary, by their first rows."""
    is_plain = place.pool is not None and not place.pool.distinct
    size = 2 if place.pool is None else place.pool.count
    counts = np.zeros(1 if is_plain else size + 1, np.int64)
    missing, head = 0, np.empty(0, np.int32)
    for values in kept.blocks(place):
        missing += int((values < 0).sum())
        if is_plain:
            head = values[values >= 0] if not len(head) else head
        else:
            counts += np.bincount(values.astype(np.intp) + 1, minlength=size + 1)
    if is_plain:
        return {"missing": missing, "distinct": None, **_of_head(kept, place, head[: 10 * FEW].tolist())}
    return {"missing": missing, **_of_counts(kept, place, counts[1:], kept.header.rows - missing)}


def _of_head(kept: KeptFile, place: Place, head: Sequence[int]) -> Statistics:
    seen = Counter(kept.texts(place, head))
    return {"top": [], "notes": ["identifier"] if len(seen) == len(head) else ["free_text"]}


def _of_counts(kept: KeptFile, place: Place, counts: NDArray[np.int64], present: int) -> Statistics:
    distinct = int((counts > 0).sum())
    top = [int(code) for code in np.argsort(-counts, kind="stable")[:TOP] if counts[code]]
    names: Sequence[Any] = [bool(code) for code in top] if place.pool is None else kept.texts(place, top)
    notes = ["empty"] if not present else ["constant"] if distinct == 1 else []
    if place.kind == "text" and distinct == present >= FEW:
        notes = ["identifier"]
    return {
        "distinct": distinct,
        "top": [{"value": name, "count": int(counts[code])} for name, code in zip(names, top, strict=True)],
        "notes": notes,
    }
