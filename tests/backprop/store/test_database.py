"""Connections that die while nobody uses them, and reads of one statement."""

import pytest
from sqlalchemy import func, select, text

from backprop.store import database as store_database
from backprop.store.database import Database, DatabaseDownError
from backprop.store.tables import Job


@pytest.fixture
def postgresql(database: Database) -> Database:
    """The database where it is PostgreSQL: SQLite has no connections that somebody else could end."""
    if database.is_sqlite:
        pytest.skip("a file has no connections that die")
    return database


def end_connections(database: Database) -> None:
    """End every connection to the database but our own, as its restart would."""
    other = Database(database.url.render_as_string(hide_password=False), database.blob_dir, pooled=False)
    ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> :me")
    with other.reading() as session:
        me = session.scalar(text("SELECT pg_backend_pid()"))
        session.execute(ended, {"name": database.url.database, "me": me})


def test_one_statement_reads_without_a_session(database: Database) -> None:
    row = database.first(select(func.count().label("jobs")).select_from(Job))
    assert row is not None
    assert row.jobs == 0


def test_a_connection_that_died_while_it_was_idle_is_replaced(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_database, "IDLE_SECONDS", 0.0)
    assert postgresql.problem() is None
    end_connections(postgresql)
    assert postgresql.problem() is None


def test_a_connection_that_dies_in_use_is_an_outage_once(postgresql: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_database, "IDLE_SECONDS", 60.0)
    assert postgresql.problem() is None
    end_connections(postgresql)
    with pytest.raises(DatabaseDownError):
        postgresql.first(select(Job.id))
    assert postgresql.first(select(Job.id)) is None
