"""The service over real sockets."""

from collections.abc import Iterator

import pytest

from backprop.client import Client
from backprop.store.database import Database
from service.app import create_app
from tests.backprop.client.served import Served, serving
from tests.service.harness import settings_for


@pytest.fixture
def served(database: Database, database_url: str) -> Iterator[Served]:
    """The service without an API key."""
    limits = {"max_body_bytes": "100000", "max_upload_bytes": "100000"}
    app = create_app(settings_for(database_url, **limits), database, lambda: None)
    with serving(app, Served(database)) as served:
        yield served


@pytest.fixture
def guarded(database: Database, database_url: str) -> Iterator[Served]:
    """The service with an API key."""
    app = create_app(settings_for(database_url, api_key="sesame"), database, lambda: None)
    with serving(app, Served(database, api_key="sesame")) as served:
        yield served


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    """A client of the service."""
    with served.client() as client:
        yield client
