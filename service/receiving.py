"""Receiving: an upload's body, raw or a part of a form, comes into a file without a name, and is kept or refused.

Whatever happens, nothing else of it is left: the file goes with the request.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import IO, BinaryIO, cast

from flask import Request, request
from werkzeug.exceptions import UnsupportedMediaType

from backprop.errors import InvalidError, Problem
from backprop.files.formats import FORMATS, UNNAMED, named_format
from backprop.files.options import Format, Reading, Room
from backprop.files.reading import convert, format_of
from backprop.store import datasets
from backprop.store.blobs import sha256_of
from backprop.store.datasets import DatasetView, NewUpload
from service.guard import check_size
from service.parts import OWNER, Parts, parts

CHUNK = 2**20
FORM = "multipart/form-data"
PART = "file"
NAMED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"


@dataclass(frozen=True)
class Asked:
    """What a client says of its upload: a name for it, and how it is to be read."""

    name: str | None
    reading: Reading


@dataclass(frozen=True)
class Received:
    """A file that has come in, the format that its sender names, and its name where it has one."""

    file: BinaryIO
    named: Format | None
    filename: str


class UploadRequest(Request):
    """A request whose form's files go to the folder of uploads rather than the system's, which may be memory."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return cast("IO[bytes]", _nameless(parts()))


def receive(asked: Asked) -> tuple[DatasetView, bool]:
    """Return the dataset that this request's body makes and True, or the one that the same bytes made before and False.

    Raises InvalidError, MalformedError and TooLargeError as `convert`, and what HTTP has for other contents.
    """
    here = parts()
    with _received() as received, _nameless(here) as into:
        given = format_of(received.file, received.named, asked.reading)
        sha256 = sha256_of(received.file)
        digest = hashlib.sha256(json.dumps([sha256, given, asdict(asked.reading)]).encode()).hexdigest()
        known = datasets.known(here.database, OWNER, digest)
        if known is not None:
            return known, False
        room = Room(here.settings.max_dataset_bytes, folder=str(here.database.blob_dir))
        found = convert(received.file, given, asked.reading, room, into)
        size = received.file.seek(0, 2)
        about = {**found.description, "format": given, "bytes": size, "sha256": sha256}
        name = asked.name or _name(received.filename)
        return datasets.add(here.database, OWNER, NewUpload(into, digest, name, about, found.statistics))


@contextmanager
def _received() -> Iterator[Received]:
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")
    if request.mimetype == FORM:
        with _part() as received:
            yield received
        return
    named = _named_format(request.mimetype, "")
    with _nameless(parts()) as file:
        size = 0
        while chunk := request.stream.read(CHUNK):
            size += len(chunk)
            check_size(size)
            file.write(chunk)
        yield Received(file, named, "")


@contextmanager
def _part() -> Iterator[Received]:
    files = request.files
    if list(files) != [PART] or len(files.getlist(PART)) != 1 or request.form:
        raise InvalidError([Problem("#", "wrong_keys", f"a form has one part, a file by the name of {PART!r}")])
    with closing(files[PART]) as part:
        filename = part.filename or ""
        if set(filename) & set("/\\\0"):
            raise InvalidError([Problem("#/file", "bad_name", "the file's name is that of a path; send a plain name")])
        yield Received(cast("BinaryIO", part.stream), _named_format(part.mimetype, filename), filename)


def _named_format(media_type: str, filename: str) -> Format | None:
    named = named_format(media_type, filename)
    if named is None and media_type not in UNNAMED:
        listed = ", ".join(kind.media_types[0] for kind in FORMATS.values())
        raise UnsupportedMediaType(f"send one of {listed}, or a form with a file")
    return named


def _nameless(here: Parts) -> BinaryIO:
    here.database.blob_dir.mkdir(parents=True, exist_ok=True)
    return cast("BinaryIO", tempfile.TemporaryFile(dir=here.database.blob_dir))


def _name(filename: str) -> str | None:
    """Return a file's name without its ending, in the characters that names have."""
    stem = filename.rpartition(".")[0] or filename
    name = "".join(letter if letter in NAMED else "_" for letter in stem).lstrip("._-")[:100]
    return name or None
