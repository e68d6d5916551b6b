"""Blobs: bytes that belong to one row. Small ones are a column, atomic with everything else; large ones a file.

A file is on the disk before the commit that names it and is removed after the commit that drops it, so that at no
moment a committed row names a file that is not there.
"""

import hashlib
import io
import mmap
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backprop.errors import BackpropError
from backprop.store.database import Database, after_commit
from backprop.store.ids import new_id
from backprop.store.tables import Blob

COLUMN_BYTES = 10 * 2**20  # above this a PostgreSQL bytea takes several times as long as a file
ORPHAN_SECONDS = 3600
COPIED = 2**20  # bytes at a time


class DamagedBlobError(BackpropError):
    """Stored bytes are gone, or are not the ones that were stored."""


def put(db: Database, session: Session, content: bytes) -> str:
    """Store `content` with this transaction and return the id of its blob."""
    blob = Blob(id=new_id("blob"), sha256=hashlib.sha256(content).hexdigest(), size=len(content), content=content)
    if len(content) > COLUMN_BYTES:
        _write(_path(db, blob), content)
        blob.content = None
    session.add(blob)
    return blob.id


@contextmanager
def staged(db: Database, content: BinaryIO) -> Iterator[Blob]:
    """Give the row of a file's content, for a transaction within this block to add; without one nothing is left.

    A large one is on the disk by then: no transaction is open while it is written.
    """
    size = content.seek(0, os.SEEK_END)
    sha256 = sha256_of(content)
    content.seek(0)
    blob = Blob(id=new_id("blob"), sha256=sha256, size=size, content=content.read() if size <= COLUMN_BYTES else None)
    path = _path(db, blob)
    try:
        if size > COLUMN_BYTES:
            _copy(content, path)
        yield blob
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def buffer(db: Database, session: Session, blob_id: str) -> bytes | mmap.mmap:
    """Return the bytes of a blob, those of a file as a map: they are read where they are looked at, and not verified.

    Raises DamagedBlobError where the file is gone or of another size.
    """
    blob = session.get(Blob, blob_id)
    if blob is None or blob.content is not None:
        return get(db, session, blob_id)
    try:
        with _path(db, blob).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, ValueError) as error:
        raise DamagedBlobError(f"the file of {blob_id} is gone") from error
    if len(mapped) != blob.size:
        raise DamagedBlobError(f"{blob_id} is damaged")
    return mapped


def get(db: Database, session: Session, blob_id: str) -> bytes:
    """Return the bytes of a blob. Raises DamagedBlobError where they are not as they were stored."""
    blob = session.get(Blob, blob_id)
    if blob is None:
        raise DamagedBlobError(f"{blob_id} is gone")
    try:
        content = _path(db, blob).read_bytes() if blob.content is None else blob.content
    except FileNotFoundError as error:
        raise DamagedBlobError(f"the file of {blob_id} is gone") from error
    if hashlib.sha256(content).hexdigest() != blob.sha256:
        raise DamagedBlobError(f"{blob_id} is damaged")
    return content


def drop(db: Database, session: Session, blob_id: str) -> None:
    """Remove a blob with this transaction; its file, if it has one, after the commit."""
    blob = session.get(Blob, blob_id)
    if blob is None:
        return
    if blob.content is None:
        after_commit(session, partial(_path(db, blob).unlink, missing_ok=True))
    session.execute(delete(Blob).where(Blob.id == blob_id))
    session.expunge(blob)


def sweep(db: Database) -> int:
    """Remove the files that no row names and nobody has asked for of late; return how many.

    Transactions that never committed leave them, and so do results that were written down to be sent.
    """
    cutoff = time.time() - ORPHAN_SECONDS
    removed = 0
    for path in db.blob_dir.glob("*/*"):
        with db.reading() as session:
            named = session.scalar(select(Blob.id).where(Blob.id == path.name.partition("-")[2]))
        if named is None and path.stat().st_mtime < cutoff:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def sha256_of(content: BinaryIO) -> str:
    """Return the SHA-256 of a whole file, in hex."""
    digest = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(COPIED):
        digest.update(chunk)
    return digest.hexdigest()


def _path(db: Database, blob: Blob) -> Path:
    # The id keeps two rows of the same bytes apart: dropping one must not take the other's file.
    return db.blob_dir / blob.sha256[:2] / f"{blob.sha256}-{blob.id}"


def _write(path: Path, content: bytes) -> None:
    _copy(io.BytesIO(content), path)


def _copy(content: BinaryIO, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        shutil.copyfileobj(content, file, COPIED)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)  # else the file's name may be lost with the power
    os.close(folder)
