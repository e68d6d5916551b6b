"""Bring the configured database to the newest tables: `python -m migrations`."""

import os
import sys

from backprop.errors import BackpropError
from backprop.settings import settings_from
from backprop.store.database import Database
from migrations import migrate


def main() -> None:
    """Migrate; an error is one line and exit status 1."""
    try:
        settings = settings_from(os.environ)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(Database(settings.database_url, settings.blob_dir))
    except BackpropError as error:
        sys.exit(f"migrations: {error}")


main()
