"""A database: its engines, made after any fork, its transactions, one kind to read and one to write, and its clock."""

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Double, Engine, NullPool, Row, Select, create_engine, event, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from backprop.errors import BackpropError
from backprop.store.files import Files, Folder
from backprop.store.tables import REVISION, Base, SchemaVersion

CONNECT_SECONDS = 3
BUSY_SECONDS = 30
AFTER_COMMIT = "after_commit"  # in a session's info: what to do once it has committed


class DatabaseDownError(BackpropError):
    """The database cannot be reached, or did not answer in time; what was asked for may be asked again."""


class clock(FunctionElement[float]):  # noqa: N801  it stands in expressions as a function does
    """The database's own time, in seconds since 1970, as it advances within a transaction."""

    type = Double()
    inherit_cache = True


@compiles(clock, "sqlite")
def _sqlite_clock(_element: clock, _compiler: SQLCompiler, **_: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(clock, "postgresql")
def _postgresql_clock(_element: clock, _compiler: SQLCompiler, **_: object) -> str:
    # now() would be the transaction's start, and a transaction may wait for a row.
    return "(extract(epoch from clock_timestamp())::double precision)"


class Database:
    """One database and the files of its large blobs, maybe a folder's. A process makes its own, after it was forked.

    `pooled=False` opens a connection for each transaction and keeps none: for a process that forks later on. A
    connection that was not used for `idle_seconds` is tried first: the server may have gone meanwhile.
    """

    def __init__(
        self, url: str, files: Path | Files, *, pooled: bool = True, connections: int = 2, idle_seconds: float = 1.0
    ) -> None:
        self.url = make_url(url)
        self.files = Folder(files) if isinstance(files, Path) else files
        self._idle_seconds = idle_seconds
        self._pooling: dict[str, Any] = {"pool_size": connections}
        if not pooled:
            self._pooling = {"poolclass": NullPool}

        self._compiled: dict[Select[Any], SQLCompiler] = {}

    @cached_property
    def _engine(self) -> Engine:
        if not self.is_sqlite:
            return self._postgresql()
        engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS}, **JSON_COLUMNS, **self._pooling)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @cached_property
    def _reader(self) -> Engine:
        # A read is one statement or tolerates change between two; without a transaction it costs half on PostgreSQL,
        # and connections of its own need not be switched back and forth.
        return self._engine if self.is_sqlite else self._postgresql(isolation_level="AUTOCOMMIT")

    def _postgresql(self, **options: Any) -> Engine:
        url = self.url.set(drivername="postgresql+psycopg")
        options |= JSON_COLUMNS | self._pooling
        engine = create_engine(url, connect_args={"connect_timeout": CONNECT_SECONDS}, **options)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_try_idle, engine, self._idle_seconds))
        return engine

    @cached_property
    def _writer(self) -> Engine:
        return self._engine.execution_options(writes=True)

    @property
    def blob_dir(self) -> Path:
        """The folder of what is on its way to those files, or has come from them."""
        return self.files.folder

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session to read with. Raises DatabaseDownError."""
        with _outage(), Session(self._reader) as session:
            yield session

    def first(self, statement: Select[Any], **values: object) -> Row[Any] | None:
        """Return the first row that one statement finds, at half of a session's cost. Raises DatabaseDownError."""
        with _outage(), self._reader.connect() as connection:
            return connection.execute(statement, values).first()

    def glance(self, statement: Select[Any], **values: object) -> tuple[Any, ...] | None:
        """Return the first row that one statement finds, at a tenth of a session's cost. Raises DatabaseDownError.

        Its columns are as the driver gives them: for text and numbers alone.
        """
        if statement not in self._compiled:
            self._compiled[statement] = statement.compile(dialect=self._reader.dialect)
        compiled = self._compiled[statement]
        bound: Any = {**compiled.params, **values}
        if compiled.positiontup:
            bound = [bound[name] for name in compiled.positiontup]
        with self._borrowed() as cursor:
            cursor.execute(compiled.string, bound)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row

    @contextmanager
    def _borrowed(self) -> Iterator[Any]:
        """Give a cursor of the driver's own, on a connection for reading. Raises DatabaseDownError."""
        driver = self._reader.dialect.loaded_dbapi
        try:  # SQLAlchemy does not translate what the driver raises here
            connection = self._reader.raw_connection()
            try:
                yield connection.cursor()
            except driver.Error:
                connection.invalidate()
                raise
            finally:
                connection.close()
        except (driver.OperationalError, driver.InterfaceError) as error:
            raise DatabaseDownError("the database does not answer") from error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose work is committed whole at the end, or not at all. Raises DatabaseDownError.

        What was left to `after_commit` is done then.
        """
        with _outage(), Session(self._writer) as session:
            with session.begin():
                yield session
            for act in session.info.get(AFTER_COMMIT, ()):
                act()

    @contextmanager
    def connecting(self) -> Iterator[Connection]:
        """Give a connection in a writing transaction: for migrations. Raises DatabaseDownError."""
        with _outage(), self._writer.begin() as connection:
            yield connection

    def insert(self, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
        """Return this database's INSERT, which knows `on_conflict_do_update`."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def problem(self) -> str | None:
        """Return why this database cannot be used (out of reach, or not migrated), or None."""
        try:
            with self.reading() as session:
                revision = session.scalar(select(SchemaVersion.version_num))
        except (DatabaseDownError, ProgrammingError):
            return "the database cannot be reached, or holds no tables yet"
        return None if revision == REVISION else f"the database is at version {revision}, not {REVISION}: migrate it"

    def close(self) -> None:
        """Close every connection of this process."""
        for engine in (self._engine, self._reader):
            engine.dispose()


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """Have `act` called once this session of `Database.writing` has committed, and not at all if it does not."""
    session.info.setdefault(AFTER_COMMIT, []).append(act)


def _json(value: object) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:  # of a whole number of more than 64 bits
        return json.dumps(value)


def _of_json(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # of a number that is not finite, as older versions kept them
        return json.loads(text)


JSON_COLUMNS: dict[str, Any] = {"json_serializer": _json, "json_deserializer": _of_json}


@contextmanager
def _outage() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        # What both drivers raise for causes outside the program: no connection, a lock never given, a full disk.
        raise DatabaseDownError("the database does not answer") from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 would otherwise begin transactions of its own, deferred ones
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # a commit survives the loss of power


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails with 'database is locked' under concurrency. One that only
    # reads begins and ends with each statement.
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _try_idle(
    engine: Engine, idle_seconds: float, connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Have the pool open another connection where this one was idle and is dead. A ping each time would cost a read."""
    if time.monotonic() - record.info.get("used_at", math.inf) > idle_seconds:
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
