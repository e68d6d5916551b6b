"""Datasets: files uploaded, looked at, paged through and deleted; and the sets that are always there."""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import httpx2

from backprop.client.documents import BuiltinSet, Dataset, Rows
from backprop.client.pages import pages
from backprop.client.transport import Transport, given

ROOT = "/v1/datasets"
CHUNK = 2**20
Source = str | PathLike[str] | bytes
UNNAMED = "application/octet-stream"  # the service looks at the first bytes
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".csv": "text/csv",
        ".tsv": "text/csv",
        ".txt": "text/csv",
        ".json": "application/json",
        ".jsonl": "application/x-ndjson",
        ".ndjson": "application/x-ndjson",
    }
)


class FileStream(httpx2.SyncByteStream):
    """A file as a request's body, read anew each time that it is sent."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


class Datasets:
    """What data there is to train on."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, source: Source, *, name: str | None = None, media_type: str | None = None, **said: Any) -> Dataset:
        """Upload a file, by its path or its bytes, and return the dataset; the one there is for the same bytes.

        What it is follows from the path's ending or its first bytes, unless `media_type` says it; how it is to be read
        may be `said` as the service takes it: `delimiter=";"`, `header=False`, `text=["zip"]` … Raises InvalidError by
        row and column, TooLargeError, and OSError for a file that cannot be read.
        """
        path = None if isinstance(source, bytes) else Path(source)
        ending = "" if path is None else path.suffix.lower()
        headers = {"Content-Type": media_type or MEDIA_TYPES.get(ending, UNNAMED)}
        content: bytes | FileStream = source if isinstance(source, bytes) else FileStream(Path(source))
        if path is not None:
            headers["Content-Length"] = str(path.stat().st_size)
        params = given({"name": name} | {key: _written(value) for key, value in said.items()})
        request = self._transport.http.build_request("POST", ROOT, content=content, params=params, headers=headers)
        return Dataset.of(self._transport.read(request))

    def get(self, dataset_id: str) -> Dataset:
        """Return a dataset, with statistics of its columns. Raises NotFoundError."""
        return Dataset.of(self._transport.get(_path(dataset_id)))

    def list(self, *, name: str | None = None, limit: int | None = None) -> Iterator[Dataset]:
        """Yield the datasets that were uploaded, the newest first, without statistics."""
        return pages(self._transport, ROOT, Dataset.of, limit, name=name)

    def rows(self, dataset_id: str, *, offset: int = 0, limit: int = 50) -> Rows:
        """Return at most `limit` rows (at most 1000) from `offset` on. Raises NotFoundError."""
        return Rows.of(self._transport.get(f"{_path(dataset_id)}/rows", offset=offset, limit=limit))

    def delete(self, dataset_id: str) -> None:
        """Delete a dataset. Raises NotFoundError, and ConflictError while a job or a model needs it."""
        self._transport.delete(_path(dataset_id))

    def builtin(self) -> Sequence[BuiltinSet]:
        """Return the built-in sets."""
        return tuple(map(BuiltinSet.of, self._transport.get(f"{ROOT}/builtin")["data"]))


def _written(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _path(dataset_id: str) -> str:
    return f"{ROOT}/{quote(dataset_id, safe='')}"
