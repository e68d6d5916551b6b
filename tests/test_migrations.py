"""Migrations lead to the tables that the store works with."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from backprop.store.database import Database
from backprop.store.tables import Base


def test_a_migrated_database_has_the_stores_tables(database: Database) -> None:
    with database.connecting() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert database.problem() is None
