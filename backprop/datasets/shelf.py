"""A shelf: encoded rows in files, each made once for a dataset and an encoding, and mapped by a machine's processes.

What is mapped is read where it is looked at, and shared: rows may be larger than memory, and take none of their own.
"""

import logging
import math
import mmap
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHELVED_BYTES = 4 * 2**20  # from here on mapping a file saves more time than the first one to make it loses
UNUSED_SECONDS = 3600.0
STRETCH_BYTES = 8 * 2**20
MAKING = "making-"  # begins the name of a file that is not whole yet

Block = tuple[NDArray[np.intp], NDArray[Any]]  # some rows, and where they belong

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """Rows by a name that says all that they follow from; their shape, and their dtype."""

    name: str
    shape: tuple[int, int]
    dtype: str

    @property
    def size(self) -> int:
        """Their bytes."""
        return self.shape[0] * self.shape[1] * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class Shelf:
    """A folder of files, at most `most_bytes` in all: those that were not used for longest make room for others.

    Of a file of more than `cached_bytes` memory does not hold all between one look and the next.
    """

    folder: Path
    most_bytes: int
    cached_bytes: float = math.inf

    def takes(self, size: int) -> bool:
        """Whether rows of so many bytes lie here, rather than in the memory of whoever wants them."""
        return is_shelved(size) and size <= self.most_bytes

    def rows(self, wanted: Wanted, blocks: Iterable[Block], *, shuffled: bool = False) -> NDArray[Any]:
        """Return rows, mapped and not to be written to; where they are not here yet, they are made of `blocks` first.

        They may be looked at in any order, which costs less if `shuffled` says so. Two processes may make the same at
        once: the bytes are the same, and a file has its name once it is whole.
        """
        path = self.folder / wanted.name
        with suppress(FileNotFoundError), path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == wanted.size:
                os.utime(file.fileno())  # it has been used
                return self._mapped(file.fileno(), wanted, shuffled=shuffled)
        return self._made(path, wanted, blocks, shuffled=shuffled)

    def sweep(self, seconds: float = UNUSED_SECONDS) -> None:
        """Remove what has not been used for so long. Whoever has mapped a file keeps it."""
        for path, used_at, _ in self._files():
            if used_at < time.time() - seconds:
                path.unlink(missing_ok=True)

    def _made(self, path: Path, wanted: Wanted, blocks: Iterable[Block], *, shuffled: bool) -> NDArray[Any]:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_room(wanted.size)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=MAKING, delete=False) as file:
            try:
                _fill(file, wanted, blocks)
                os.fsync(file.fileno())  # else a name could outlive its bytes when the power fails
                mapped = self._mapped(file.fileno(), wanted, shuffled=shuffled)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        return mapped

    def _mapped(self, file: int, wanted: Wanted, *, shuffled: bool) -> NDArray[Any]:
        mapped = mmap.mmap(file, wanted.size, access=mmap.ACCESS_READ)
        if shuffled and wanted.size > self.cached_bytes:
            # Else each row that is read brings 128 KiB of others, which are gone again before their turn.
            mapped.madvise(mmap.MADV_RANDOM)
        return np.ndarray(wanted.shape, wanted.dtype, mapped)

    def _make_room(self, size: int) -> None:
        files = sorted(self._files(), key=lambda file: file[1], reverse=True)
        for path, _, taken in files:
            size += taken
            if size > self.most_bytes and not path.name.startswith(MAKING):
                log.info("%s made room for others", path.name)
                path.unlink(missing_ok=True)

    def _files(self) -> list[tuple[Path, float, int]]:
        """Return each file, when it was last used, and its bytes."""
        found = []
        for path in self.folder.glob("*"):
            with suppress(FileNotFoundError):
                status = path.stat()
                found.append((path, status.st_mtime, status.st_size))
        return found


def is_shelved(size: int) -> bool:
    """Whether rows of so many bytes are worth a file."""
    return size >= SHELVED_BYTES


def _fill(file: Any, wanted: Wanted, blocks: Iterable[Block]) -> None:
    """Write rows to their places by two passes, neither of which jumps about in a file that memory may not hold.

    Each row goes to the stretch of the file that it belongs to, behind those that came before; then stretch after
    stretch is put in order.
    """
    size, length = wanted.size // wanted.shape[0], max(1, STRETCH_BYTES * wanted.shape[0] // wanted.size)
    arrived: list[list[NDArray[np.intp]]] = [[] for _ in range(0, wanted.shape[0], length)]
    ends = np.arange(len(arrived)) * length
    for places, block in blocks:
        for stretch, mine in _apart(places // length):
            file.seek(ends[stretch] * size)
            file.write(block[mine].data)
            ends[stretch] += len(mine)
            arrived[stretch].append(places[mine] - stretch * length)
    for stretch, come in enumerate(arrived):
        order = np.argsort(np.concatenate(come))
        file.seek(stretch * length * size)
        rows = np.frombuffer(file.read(len(order) * size), wanted.dtype).reshape(len(order), -1)
        file.seek(stretch * length * size)
        file.write(rows[order].data)
    file.flush()


def _apart(stretches: NDArray[np.intp]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield each stretch that occurs, and where."""
    order = np.argsort(stretches, kind="stable")
    occurring, firsts = np.unique(stretches[order], return_index=True)
    yield from zip(occurring.tolist(), np.split(order, firsts[1:]), strict=True)
