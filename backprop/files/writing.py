"""A result written to a file: a small one here, a large one by a process of its own.

To write a million rows takes seconds, in which Python's lock would keep every request waiting.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Literal, cast, get_args

import backprop
from backprop.errors import BackpropError
from backprop.files.formats import FORMATS

Form = Literal["csv", "parquet", "ndjson"]

FORMS: Sequence[Form] = get_args(Form)
MEDIA_TYPES: Mapping[Form, str] = MappingProxyType({form: FORMATS[form].media_types[0] for form in FORMS})
HERE_BYTES = 2**20
LENGTH_BYTES = 8
ROOT = Path(backprop.__file__).parents[1]


class WritingError(BackpropError):
    """The process that writes a result failed; what it said is the error's text."""


def write(parts: Iterable[bytes], size: int, form: Form, into: BinaryIO) -> None:
    """Write a result of `size` bytes in all to a file, with no more than one part in memory. Raises WritingError."""
    (_here if size <= HERE_BYTES else _apart)(parts, form, into)


def _here(parts: Iterable[bytes], form: Form, into: BinaryIO) -> None:
    from backprop.files import results  # noqa: PLC0415  pyarrow would slow every start for it

    results.write(parts, form, into)


def _apart(parts: Iterable[bytes], form: Form, into: BinaryIO) -> None:
    process = subprocess.Popen(  # noqa: S603  this program itself
        [sys.executable, "-m", "backprop.files.results", form],
        stdin=subprocess.PIPE,
        stdout=into,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )
    with process:
        try:
            _feed(cast("BinaryIO", process.stdin), parts)
        except BaseException:
            process.kill()
            raise
        said = cast("BinaryIO", process.stderr).read()
    if process.returncode:
        raise WritingError(said[-500:].decode(errors="replace"))


def _feed(pipe: BinaryIO, parts: Iterable[bytes]) -> None:
    """Hand the parts over; a process that has died of one says why in its own words."""
    try:
        with pipe:
            for part in parts:
                pipe.write(len(part).to_bytes(LENGTH_BYTES, "little"))
                pipe.write(part)
    except BrokenPipeError:
        return
