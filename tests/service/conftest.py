"""The real app on a real database, with a list for the bells."""

from pathlib import Path

import pytest

from backprop.store.database import Database
from service.app import create_app
from tests.service.harness import Bells, Service, settings_for


@pytest.fixture
def service(database: Database, database_url: str) -> Service:
    """The service without an API key."""
    bells = Bells()
    app = create_app(settings_for(database_url, max_body_bytes="100000"), database, bells.ring)
    return Service(app.test_client(), database, bells)


@pytest.fixture
def guarded(database: Database, database_url: str) -> Service:
    """The service with an API key."""
    app = create_app(settings_for(database_url, api_key="sesame"), database, lambda: None)
    return Service(app.test_client(), database)


@pytest.fixture
def homeless(tmp_path: Path) -> Service:
    """The service whose database is not there."""
    url = f"sqlite:///{tmp_path / 'nowhere' / 'backprop.sqlite'}"
    database = Database(url, tmp_path)
    return Service(create_app(settings_for(url), database, lambda: None).test_client(), database)
