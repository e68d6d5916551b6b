"""The real app on a real database, with a list for the bells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backprop.store.database import Database
from service.app import create_app
from tests.service.harness import Bells, Service, settings_for
from tests.service.running import Server, running


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
def cramped(database: Database, database_url: str) -> Service:
    """The service with little room for uploads."""
    limits = {"max_upload_bytes": "20000", "max_dataset_bytes": "20000"}
    return Service(create_app(settings_for(database_url, **limits), database, lambda: None).test_client(), database)


@pytest.fixture
def homeless(tmp_path: Path) -> Service:
    """The service whose database is not there."""
    url = f"sqlite:///{tmp_path / 'nowhere' / 'backprop.sqlite'}"
    database = Database(url, tmp_path)
    return Service(create_app(settings_for(url), database, lambda: None).test_client(), database)


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The running service, shared by the tests of a module, whose SETTINGS it has."""
    settings = getattr(request.module, "SETTINGS", {})
    with running(tmp_path_factory.mktemp("server"), sqlite_template, **settings) as server:
        yield server
