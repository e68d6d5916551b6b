"""Blobs: bytes that belong to one row. Small ones are a column, atomic with everything else; large ones a file.

A file, or the object that it is where storage is elsewhere, lasts before the commit that names it and is removed after
the commit that drops it, so that at no moment a committed row names a file that is not there.
"""

import hashlib
import io
import logging
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backprop.errors import BackpropError
from backprop.store.database import Database, DatabaseDownError, after_commit
from backprop.store.ids import new_id
from backprop.store.tables import Blob

COLUMN_BYTES = 10 * 2**20  # above this a PostgreSQL bytea takes several times as long as a file
ORPHAN_SECONDS = 3600
COPIED = 2**20  # bytes at a time

log = logging.getLogger(__name__)


class DamagedBlobError(BackpropError):
    """Stored bytes are gone, or are not the ones that were stored."""


def put(db: Database, session: Session, content: bytes) -> str:
    """Store `content` with this transaction and return the id of its blob."""
    blob = Blob(id=new_id("blob"), sha256=hashlib.sha256(content).hexdigest(), size=len(content), content=content)
    if len(content) > COLUMN_BYTES:
        with _reaching():
            db.files.write(_name(blob), io.BytesIO(content))
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
    try:
        if size > COLUMN_BYTES:
            with _reaching():
                db.files.write(_name(blob), content)
        yield blob
    except BaseException:
        if size > COLUMN_BYTES:
            with suppress(OSError):  # then the sweep has it
                db.files.remove(_name(blob))
        raise


def buffer(db: Database, session: Session, blob_id: str) -> bytes | mmap.mmap:
    """Return the bytes of a blob, those of a file as a map: they are read where they are looked at, and not verified.

    Raises DamagedBlobError where the file is gone or of another size.
    """
    blob = session.get(Blob, blob_id)
    if blob is None or blob.content is not None:
        return get(db, session, blob_id)
    try:
        with _reaching():
            mapped = db.files.map(_name(blob))
    except FileNotFoundError as error:
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
        with _reaching():
            content = db.files.read(_name(blob)) if blob.content is None else blob.content
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
        after_commit(session, partial(_remove, db, _name(blob)))
    session.execute(delete(Blob).where(Blob.id == blob_id))
    session.expunge(blob)


def sweep(db: Database, seconds: float = ORPHAN_SECONDS) -> int:
    """Remove the files that no row names and nobody has asked for of late; return how many.

    Transactions that never committed leave them, and so do results that were written down to be sent.
    """
    cutoff = time.time() - seconds
    removed = 0
    with _reaching():
        names = list(db.files.names())
    for name, written_at in names:
        with db.reading() as session:
            named = session.scalar(select(Blob.id).where(Blob.id == name.partition("-")[2]))
        if named is None and written_at < cutoff:
            _remove(db, name)
            removed += 1
    db.files.sweep()
    return removed


def sha256_of(content: BinaryIO) -> str:
    """Return the SHA-256 of a whole file, in hex."""
    digest = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(COPIED):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DatabaseDownError(f"large blobs are out of reach: {error}") from error


def _remove(db: Database, name: str) -> None:
    try:
        db.files.remove(name)
    except OSError as error:
        log.warning("left to the sweep: %s: %s", name, error)


def _name(blob: Blob) -> str:
    # The id keeps two rows of the same bytes apart: dropping one must not take the other's file.
    return f"{blob.sha256[:2]}/{blob.sha256}-{blob.id}"
