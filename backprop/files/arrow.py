"""From Arrow's arrays to cells."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from backprop.datasets.cells import Cells, Flags, Instants, Missing, Numbers, Texts

EXACT = 2.0**53  # up to here float64 holds every integer
MICROSECONDS = pa.timestamp("us")


class UnsupportedTypeError(Exception):
    """A column holds what is neither number, text, boolean nor time."""


def cells_of(array: Any) -> Cells:
    """Return an Arrow array's cells. Raises UnsupportedTypeError."""
    if array.null_count == len(array):
        return Missing(len(array))
    for predicates, convert in _CONVERSIONS:
        if any(is_such(array.type) for is_such in predicates):
            return convert(array)
    raise UnsupportedTypeError(str(array.type))


def numbers(array: Any) -> Numbers:
    """Return numbers as float64; whole where they are integers that it holds exactly."""
    values = floats(array.cast(pa.float64(), safe=False))
    is_whole = pa.types.is_integer(array.type) and bool(np.nanmax(np.abs(values), initial=0) <= EXACT)
    return Numbers(values, is_whole)


def strings(values: Sequence[str]) -> Any:
    """Return texts as an array, without `pa.array`'s look for pandas, which takes longer than a small file."""
    encoded = [value.encode() for value in values]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def texts(array: Any) -> Texts:
    """Return texts as places in those that occur."""
    return _coded(array.dictionary_encode())


def instants(array: Any) -> Instants:
    """Return times as microseconds since 1970, those without a zone being taken for UTC."""
    return Instants(floats(array.cast(MICROSECONDS, safe=False).cast(pa.int64()).cast(pa.float64(), safe=False)))


def flags(array: Any) -> Flags:
    """Return booleans as int8."""
    return Flags(_filled(array.cast(pa.int8()), -1))


def _dictionary(array: Any) -> Cells:
    return _coded(array) if _is_text(array.type.value_type) else cells_of(array.dictionary_decode())


def _seconds(array: Any) -> Numbers:
    unit = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[array.type.unit]
    ticks = array.cast(pa.int32() if array.type.bit_width == 32 else pa.int64())
    return Numbers(floats(ticks.cast(pa.float64(), safe=False)) / unit)


def _coded(array: Any) -> Texts:
    return Texts(_filled(array.indices.cast(pa.int32()), -1), array.dictionary.cast(pa.large_string()).to_pylist())


def floats(array: Any) -> NDArray[np.float64]:
    """Return float64 numbers as they are, NaN for null."""
    values: NDArray[np.float64] = _plain(array)
    return values


def _plain(array: Any) -> Any:
    """Return numbers in an array; without null without a look for pandas, as in `strings`."""
    return array.to_numpy(zero_copy_only=False) if array.null_count else np.from_dlpack(array)


def _filled(array: Any, fill: int) -> NDArray[Any]:
    filled: NDArray[Any] = _plain(pc.fill_null(array, fill) if array.null_count else array)
    return filled


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


_CONVERSIONS: Sequence[tuple[Sequence[Callable[[Any], bool]], Callable[[Any], Cells]]] = (
    ((pa.types.is_dictionary,), _dictionary),
    ((_is_text,), texts),
    ((pa.types.is_boolean,), flags),
    ((pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal), numbers),
    ((pa.types.is_timestamp, pa.types.is_date), instants),
    ((pa.types.is_time, pa.types.is_duration), _seconds),
)
