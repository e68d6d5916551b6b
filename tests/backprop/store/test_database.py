"""Connections that die while nobody uses them, and reads of one statement."""

from pathlib import Path

import pytest
from sqlalchemy import bindparam, func, select, text

from backprop.store.database import Database, DatabaseDownError
from backprop.store.tables import Job


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


def test_a_glance_sees_what_the_driver_gives(database: Database) -> None:
    assert database.glance(select(func.count()).where(Job.id == bindparam("of")), of="job_1") == (0,)
    assert database.glance(select(Job.id).where(Job.id == bindparam("of")), of="job_1") is None


def test_a_glance_at_a_database_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'backprop.sqlite'}", tmp_path)
    with pytest.raises(DatabaseDownError):
        database.glance(select(Job.id))


@pytest.mark.needs("PostgreSQL")
def test_a_glance_by_a_connection_that_died_is_an_outage_once(postgresql_url: str, tmp_path: Path) -> None:
    database = Database(postgresql_url, tmp_path, idle_seconds=60.0)
    assert database.glance(select(Job.id)) is None
    end_connections(database)
    with pytest.raises(DatabaseDownError):
        database.glance(select(Job.id))
    assert database.glance(select(Job.id)) is None
    database.close()


@pytest.mark.needs("PostgreSQL")  # a file has no connections that somebody else could end
def test_a_connection_that_died_while_it_was_idle_is_replaced(postgresql_url: str, tmp_path: Path) -> None:
    database = Database(postgresql_url, tmp_path, idle_seconds=0.0)
    assert database.problem() is None
    end_connections(database)
    assert database.problem() is None
    database.close()


@pytest.mark.needs("PostgreSQL")
def test_a_connection_that_dies_in_use_is_an_outage_once(postgresql_url: str, tmp_path: Path) -> None:
    database = Database(postgresql_url, tmp_path, idle_seconds=60.0)
    assert database.problem() is None
    end_connections(database)
    with pytest.raises(DatabaseDownError):
        database.first(select(Job.id))
    assert database.first(select(Job.id)) is None
    database.close()
