"""Migrations: how a database comes to the tables of `backprop.store`, step by step, each step once."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from backprop.store.database import Database


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction. Raises DatabaseDownError."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with database.connecting() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
