"""Tensors of the Open Inference Protocol: names, shapes, datatypes, and data as JSON or as bytes behind it.

Bytes are little-endian, by rows; an element of BYTES has its length before it, in four bytes (the protocol's binary
tensor data extension).
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from backprop.codes import ProblemCode
from backprop.errors import InvalidError, Problem

DTYPES: Mapping[str, str] = MappingProxyType(
    {
        "BOOL": "?",
        "UINT8": "u1",
        "UINT16": "<u2",
        "UINT32": "<u4",
        "UINT64": "<u8",
        "INT8": "i1",
        "INT16": "<i2",
        "INT32": "<i4",
        "INT64": "<i8",
        "FP16": "<f2",
        "FP32": "<f4",
        "FP64": "<f8",
    }
)
DATATYPES = (*DTYPES, "BYTES")
LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Tensor:
    """A tensor as it came: its elements by rows, None or NaN for a missing one, and its pointer in the request."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    elements: list[Any] | NDArray[Any]
    at: str

    @property
    def rows(self) -> NDArray[np.float64]:
        """The numbers in the tensor's shape, NaN for a missing one."""
        return np.array(self.elements, np.float64).reshape(self.shape)

    @property
    def cells(self) -> list[Any]:
        """The elements as a list, None for a missing one."""
        return self.elements if isinstance(self.elements, list) else _gaps(self.elements)


def from_json(given: Mapping[str, Any], at: str) -> Tensor:
    """Return the tensor whose `data` is a list, nested as its shape or flat. Raises InvalidError."""
    name, datatype, shape = given["name"], given["datatype"], given["shape"]
    cells = _flat(given["data"], shape, at)
    return Tensor(name, datatype, shape, _checked(cells, datatype, shape, at), at)


def from_bytes(given: Mapping[str, Any], content: bytes, at: str) -> Tensor:
    """Return the tensor whose elements these bytes are. Raises InvalidError."""
    name, datatype, shape = given["name"], given["datatype"], given["shape"]
    count = math.prod(shape)
    if datatype == "BYTES":
        return Tensor(name, datatype, shape, _texts(content, count, at), at)
    dtype = np.dtype(DTYPES[datatype])
    if len(content) != count * dtype.itemsize:
        detail = f"{datatype} of shape {list(shape)} takes {count * dtype.itemsize} bytes, not {len(content)}"
        _refuse(f"{at}/parameters/binary_data_size", "wrong_length", detail)
    return Tensor(name, datatype, shape, np.frombuffer(content, dtype), at)


def described(name: str, datatype: str, shape: Sequence[int]) -> dict[str, Any]:
    """Return a tensor as metadata tell it; -1 stands for any number."""
    return {"name": name, "datatype": datatype, "shape": [*shape]}


def to_bytes(values: NDArray[Any], datatype: str) -> bytes:
    """Return the elements as bytes."""
    if datatype != "BYTES":
        return values.astype(DTYPES[datatype]).tobytes()
    texts = [str(value).encode() for value in values.ravel().tolist()]
    return b"".join(LENGTH.pack(len(text)) + text for text in texts)


def _gaps(values: NDArray[Any]) -> list[Any]:
    """Return elements as a list, with None for NaN."""
    listed: list[Any] = values.tolist()
    if values.dtype.kind != "f" or not np.isnan(values).any():
        return listed
    return [None if math.isnan(value) else value for value in listed]


def _flat(data: Any, shape: tuple[int, ...], at: str) -> list[Any]:
    if type(data) is not list:
        _refuse(f"{at}/data", "wrong_type", "data is a list, or the bytes behind the JSON and their binary_data_size")
    cells: list[Any] = data
    if len(shape) == 2 and any(type(row) is list for row in data):
        if set(map(type, data)) != {list} or len(data) != shape[0] or set(map(len, data)) != {shape[1]}:
            _refuse_shape(shape, at)
        cells = [*chain.from_iterable(data)]
    if len(cells) != math.prod(shape):
        _refuse_shape(shape, at)
    return cells


def _refuse_shape(shape: tuple[int, ...], at: str) -> NoReturn:
    detail = f"data holds {math.prod(shape)} elements for shape {list(shape)}, in one list or nested as the shape"
    _refuse(f"{at}/data", "wrong_shape", detail)


def _checked(cells: list[Any], datatype: str, shape: tuple[int, ...], at: str) -> list[Any]:
    """Return cells as the datatype has them, numbers rounded to it. Raises InvalidError at the first that is none."""
    taken = _types(datatype)
    for place, cell in enumerate(cells):
        if type(cell) not in taken and cell is not None:
            _refuse(_cell(place, shape, at), "wrong_type", f"this is no {datatype}")
    if datatype in {"BOOL", "BYTES"}:
        return cells
    least, most = _range(datatype)
    for place, cell in enumerate(cells):
        if cell is not None and not least <= cell <= most:
            _refuse(_cell(place, shape, at), "too_large", f"the number is beyond {datatype}")
    if datatype.startswith("FP"):
        numbers = np.array(cells, np.float64).astype(DTYPES[datatype])  # None becomes NaN
        return _gaps(numbers)
    return cells


def _types(datatype: str) -> set[type]:
    if datatype == "BOOL":
        return {bool}
    if datatype == "BYTES":
        return {str}
    return {int, float} if datatype.startswith("FP") else {int}


def _range(datatype: str) -> tuple[float, float]:
    dtype = np.dtype(DTYPES[datatype])
    info = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return (float(info.min), float(info.max)) if dtype.kind == "f" else (int(info.min), int(info.max))


def _cell(place: int, shape: tuple[int, ...], at: str) -> str:
    """Return the pointer of an element as if data were nested: by row, and by column where there are columns."""
    return f"{at}/data/" + "/".join(map(str, np.unravel_index(place, shape)))


def _texts(content: bytes, count: int, at: str) -> list[str]:
    texts: list[str] = []
    start = 0
    while start + LENGTH.size <= len(content) and len(texts) <= count:
        (length,) = LENGTH.unpack_from(content, start)
        start += LENGTH.size
        texts.append(_text(content[start : start + length], len(texts), at))
        start += length
    if start != len(content) or len(texts) != count:
        _refuse(at, "wrong_length", f"the bytes are not {count} elements, each after its length in four bytes")
    return texts


def _text(content: bytes, place: int, at: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidError([Problem(f"{at}/data/{place}", "bad_text", "the text is not UTF-8")]) from error


def _refuse(pointer: str, code: ProblemCode, detail: str) -> NoReturn:
    raise InvalidError([Problem(pointer, code, detail)])
