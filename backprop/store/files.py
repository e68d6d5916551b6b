"""Files of large blobs: in a folder, or as objects of whatever fsspec knows by a URL, such as `s3://bucket/prefix`."""

import mmap
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import fsspec

COPIED = 2**20  # bytes at a time
UNUSED_SECONDS = 3600.0


class Files(Protocol):
    """Where files lie by their names. FileNotFoundError says that one does not, OSError that nothing can be had."""

    @property
    def folder(self) -> Path:
        """A folder of this machine, for what is on its way."""

    def write(self, name: str, content: BinaryIO) -> None:
        """Keep a file of this content, on the disk or wherever it lasts once this returns."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""

    def map(self, name: str) -> mmap.mmap:
        """Return a file's bytes as a map."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield each file's name, and when it was written, in seconds since 1970."""

    def sweep(self) -> None:
        """Remove what lies in this machine's folder, and not for good, once it has not been used for long."""


@dataclass(frozen=True)
class Folder:
    """Files in a folder of this machine, or in one that all machines share."""

    folder: Path

    def write(self, name: str, content: BinaryIO) -> None:
        """See Files."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            shutil.copyfileobj(content, file, COPIED)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)  # else the file's name may be lost with the power
        os.close(folder)

    def read(self, name: str) -> bytes:
        """See Files."""
        return (self.folder / name).read_bytes()

    def map(self, name: str) -> mmap.mmap:
        """See Files."""
        return mapped(self.folder / name)

    def remove(self, name: str) -> None:
        """See Files."""
        (self.folder / name).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, float]]:
        """See Files."""
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                yield f"{path.parent.name}/{path.name}", path.stat().st_mtime

    def sweep(self) -> None:
        """See Files; what lies here for good and what does not is told apart by who knows the names."""


@dataclass(frozen=True)
class Objects:
    """Files as objects below a URL. What is mapped is fetched into the folder first, once for all of a machine."""

    url: str
    folder: Path

    def write(self, name: str, content: BinaryIO) -> None:
        """See Files; an object is there once it is whole."""
        with self._place(name) as (system, path):
            system.makedirs(path.rpartition("/")[0], exist_ok=True)
            with system.open(path, "wb") as file:
                shutil.copyfileobj(content, file, COPIED)

    def read(self, name: str) -> bytes:
        """See Files."""
        with self._place(name) as (system, path):
            content: bytes = system.cat_file(path)
            return content

    def map(self, name: str) -> mmap.mmap:
        """See Files."""
        here = self._fetched(name)
        with suppress(FileNotFoundError):
            os.utime(here)  # it has been used
            return mapped(here)
        here.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=here.parent) as file:
            with self._place(name) as (system, path), system.open(path, "rb", cache_type="readahead") as source:
                shutil.copyfileobj(source, file, COPIED)
            file.flush()
            os.fsync(file.fileno())  # else the name could outlive the bytes when the power fails
            with suppress(FileExistsError):  # another one has fetched it meanwhile
                os.link(file.name, here)
            return mapped(Path(file.name))

    def remove(self, name: str) -> None:
        """See Files."""
        with suppress(FileNotFoundError), self._place(name) as (system, path):
            system.rm_file(path)
        self._fetched(name).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, float]]:
        """See Files."""
        with self._place("") as (system, root):
            system.invalidate_cache()
            written = {path: system.modified(path).timestamp() for path in system.find(root)}
        for path, moment in written.items():
            yield path.removeprefix(root).lstrip("/"), moment

    def sweep(self) -> None:
        """See Files."""
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - UNUSED_SECONDS:
                    path.unlink()

    def _fetched(self, name: str) -> Path:
        return self.folder / "fetched" / name.rpartition("/")[2]

    @cached_property
    def _root(self) -> tuple[Any, str]:
        system, root = fsspec.core.url_to_fs(self.url)
        return system, root.rstrip("/")

    @contextmanager
    def _place(self, name: str) -> Iterator[tuple[Any, str]]:
        """Give the system and a file's path in it. Raises OSError alone."""
        try:
            system, root = self._root
            yield system, f"{root}/{name}"
        except OSError:
            raise
        except Exception as error:  # each of fsspec's systems raises what its own library does
            raise OSError(f"{self.url} does not answer: {error}") from error


def files_of(storage_url: str | None, folder: Path) -> Files:
    """Return the files of a folder, or of a URL, where the folder holds what has been fetched."""
    return Folder(folder) if storage_url is None else Objects(storage_url, folder)


def mapped(path: Path) -> mmap.mmap:
    """Return a file's bytes as a map, of an empty file FileNotFoundError."""
    with path.open("rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise FileNotFoundError(str(path)) from error
