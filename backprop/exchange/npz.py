"""Models as npz: the parameters by name, and the model's document as a text. No pickle; headers are checked first."""

import io
import json
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop import strict_json
from backprop.errors import InvalidError, MalformedError, Problem
from backprop.exchange.bundle import Bundle, check_shape
from backprop.exchange.documents import KEY, described, document_of
from backprop.files.npz import read_header

ENDING = ".npy"
MOST_DOCUMENT_BYTES = 2**26
DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, OSError, RuntimeError)


def write(bundle: Bundle, *, whole: bool) -> bytes:
    """Return a model's parameters as an npz file, where it is to be `whole` with its document."""
    arrays = dict(bundle.tensors)
    if whole:
        arrays[KEY] = np.array(json.dumps(document_of(bundle), ensure_ascii=False, separators=(",", ":")))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # names such as w1 are none of savez's own arguments
    return buffer.getvalue()


def read(content: bytes, most_bytes: int) -> Bundle:
    """Return the model that an npz file holds. Raises TooLargeError, and InvalidError by its pointer."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive, most_bytes)
    except (*DAMAGED, MalformedError) as error:
        raise InvalidError([Problem("#", "damaged", f"it is no whole npz file: {str(error)[:200]}")]) from error


def _read(archive: zipfile.ZipFile, most_bytes: int) -> Bundle:
    members = {member.removesuffix(ENDING): member for member in archive.namelist()}
    if KEY not in members:
        raise InvalidError([Problem(f"#/{KEY}", "required", f"there is no array {KEY}, a text as an export has it")])
    found = described(strict_json.loads(_text(archive, members.pop(KEY)).encode()))
    found.check_size(most_bytes)
    found.check_names(set(members))
    shapes = dict(found.network.shapes)
    return found.filled({name: _tensor(archive, member, shapes[name]) for name, member in members.items()})


def _text(archive: zipfile.ZipFile, member: str) -> str:
    with archive.open(member) as opened:
        shape, _, dtype = read_header(opened)
        if shape != () or dtype.kind != "U" or dtype.itemsize > MOST_DOCUMENT_BYTES:
            raise InvalidError([Problem(f"#/{KEY}", "wrong_type", "takes a text, as numpy.array(text) makes it")])
        return str(np.frombuffer(opened.read(dtype.itemsize), dtype)[0])


def _tensor(archive: zipfile.ZipFile, member: str, shape: tuple[int, ...]) -> NDArray[Any]:
    name = member.removesuffix(ENDING)
    with archive.open(member) as opened:
        given, is_fortran, dtype = read_header(opened)
        if dtype.hasobject:
            raise InvalidError([Problem(f"#/{name}", "unsupported_type", "takes numbers, and no pickled objects")])
        check_shape(name, given, shape)
        values = np.frombuffer(opened.read(int(np.prod(shape)) * dtype.itemsize), dtype)
        return values.reshape(shape, order="F" if is_fortran else "C")
