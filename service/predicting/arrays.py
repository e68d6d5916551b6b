"""Arrays as bytes, for whoever has numbers in memory: they are read as they lie, without parsing.

NumPy's npy goes in and out; bare float32 goes in, whose rows are as long as the model has features.
"""

import io
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backprop.errors import MalformedError
from backprop.files.npz import read_header

NPY = "application/x-npy"
FLOAT32 = "application/octet-stream"


class Bare(NamedTuple):
    """Numbers, (numbers,), of which only the model knows how many make a row."""

    numbers: NDArray[np.float32]


def loads(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the array of an npy file as a prediction's `instances`. Raises MalformedError.

    Nothing is unpickled, and no more memory is taken than the body has.
    """
    opened = io.BytesIO(content)
    try:
        return {"instances": _array(content, opened)}
    except (ValueError, TypeError, OverflowError) as error:
        detail = f"the body is no npy file of numbers: {str(error)[:200]}; numpy.save writes one"
        raise MalformedError(detail) from error


def loads_float32(content: bytes) -> dict[str, Bare]:
    """Return little-endian float32 numbers as a prediction's `instances`. Raises MalformedError."""
    if len(content) % 4:
        raise MalformedError(f"the body is no float32 numbers, of 4 bytes each: it has {len(content)} bytes")
    return {"instances": Bare(np.frombuffer(content, "<f4"))}


def _array(content: bytes, opened: IO[bytes]) -> NDArray[Any]:
    shape, is_fortran, dtype = read_header(opened)
    if dtype.kind not in "iuf" or min(shape, default=0) < 0:
        raise ValueError(f"it holds {dtype} {list(shape)}")
    cells = np.frombuffer(content, dtype, offset=opened.tell())
    return cells.reshape(shape, order="F" if is_fortran else "C")


def dumps(array: NDArray[Any]) -> bytes:
    """Return the npy file of an array."""
    opened = io.BytesIO()
    np.save(opened, array, allow_pickle=False)
    return opened.getvalue()
