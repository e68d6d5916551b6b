"""NumPy's npz: arrays by name, whose first axis counts rows. No pickle, and no more is read than the headers say."""

import math
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from backprop.datasets.cells import Cells, Flags, Instants, Numbers, Texts
from backprop.datasets.writer import TableWriter
from backprop.errors import InvalidError, Problem, TooLargeError
from backprop.files.dialect import check_names, check_width
from backprop.files.options import Reading, Room

BLOCK = 2**22
EXACT = 2.0**53
Begin = Callable[[Sequence[str]], TableWriter]


@dataclass(frozen=True)
class _Array:
    """An array of the file by its header."""

    member: str
    name: str
    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[Any]

    @property
    def width(self) -> int:
        """The number of columns that it is."""
        return math.prod(self.shape[1:])

    @property
    def columns(self) -> list[str]:
        """Its columns' names: its own where it has one axis, else with a number behind."""
        return [self.name] if len(self.shape) == 1 else [f"{self.name}{n}" for n in range(1, self.width + 1)]


def read_npz(file: BinaryIO, _: Reading, room: Room, begin: Begin) -> TableWriter:
    """Return a writer that holds the arrays: a vector is a column, of a matrix `x` the columns are x1, x2, …"""
    try:
        with zipfile.ZipFile(file) as archive:
            arrays = [_header(archive, member) for member in archive.namelist()]
            _check(arrays, room)
            names = [name for array in arrays for name in array.columns]
            check_names(names)
            writer, first = begin(names), 0
            for array in arrays:
                with archive.open(array.member) as opened:
                    read_header(opened)
                    for place, cells in _cells(opened, array):
                        writer.add(first + place, cells)
                first += array.width
            return writer
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise InvalidError([Problem("#", "damaged", f"it is no whole npz file: {str(error)[:200]}")]) from error


def _header(archive: zipfile.ZipFile, member: str) -> _Array:
    with archive.open(member) as opened:
        shape, is_fortran, dtype = read_header(opened)
    return _Array(member, member.removesuffix(".npy"), shape, is_fortran, dtype)


def read_header(opened: IO[bytes]) -> tuple[tuple[int, ...], bool, Any]:
    """Return shape, whether it is in Fortran's order, and dtype of the array that follows. Raises ValueError."""
    version = npy.read_magic(opened)
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"npy version {version}")
    header: tuple[tuple[int, ...], bool, Any] = read(opened)
    return header


def _check(arrays: Sequence[_Array], room: Room) -> None:
    if not arrays:
        raise InvalidError([Problem("#", "no_rows", "there is no array in it")])
    for array in arrays:
        if array.dtype.kind not in "biufUM" or array.dtype.names or not array.shape:
            detail = f"the array {array.name!r} is {array.dtype} {list(array.shape)}; send rows of numbers or texts"
            raise InvalidError([Problem("#", "unsupported_type", detail)])
    lengths = {array.name: array.shape[0] for array in arrays}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise InvalidError([Problem("#", "wrong_length", f"the arrays have different numbers of rows: {listed}")])
    check_width(sum(array.width for array in arrays), room)
    claimed = sum(math.prod(array.shape) * max(1, array.dtype.itemsize) for array in arrays)
    if claimed > room.bytes:
        raise TooLargeError(f"it unpacks to {claimed:,} bytes, and may take {room.bytes:,}")


def _cells(opened: IO[bytes], array: _Array) -> Iterator[tuple[int, Cells]]:
    """Yield the array's cells, some rows of a column at a time."""
    rows, width, itemsize = array.shape[0], array.width, array.dtype.itemsize
    if array.is_fortran and len(array.shape) > 1:
        if len(array.shape) > 2:
            raise ValueError("an array of more than two axes in Fortran's order")
        for place in range(width):
            for block in _blocks(opened, array.dtype, rows, 1):
                yield place, _converted(block[:, 0])
        return
    if itemsize * width == 0:
        raise ValueError("an array without cells")
    for block in _blocks(opened, array.dtype, rows, width):
        for place in range(width):
            yield place, _converted(block[:, place])


def _blocks(opened: IO[bytes], dtype: np.dtype[Any], rows: int, width: int) -> Iterator[NDArray[Any]]:
    at_once = max(1, BLOCK // (dtype.itemsize * width))
    for start in range(0, rows, at_once):
        count = min(at_once, rows - start)
        content = opened.read(count * width * dtype.itemsize)
        if len(content) < count * width * dtype.itemsize:
            raise ValueError("it ends before its last row")
        yield np.frombuffer(content, dtype).reshape(count, width)


def _converted(values: NDArray[Any]) -> Cells:
    if values.dtype.kind == "b":
        return Flags(values.astype(np.int8))
    if values.dtype.kind == "U":
        texts, places = np.unique(values, return_inverse=True)
        return Texts(places.astype(np.int32), texts.tolist())
    if values.dtype.kind == "M":
        ticks = values.astype("M8[us]")
        return Instants(np.where(np.isnat(ticks), np.nan, ticks.astype(np.int64).astype(np.float64)))
    numbers = values.astype(np.float64)
    return Numbers(numbers, values.dtype.kind in "iu" and bool(np.abs(numbers).max(initial=0) <= EXACT))
