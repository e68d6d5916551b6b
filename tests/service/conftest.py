"""The service as tests meet it: the real app on a real database, with a list for the bells."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from backprop.settings import Settings, settings_from
from backprop.store.database import Database
from service.app import create_app
from worker.runner import work
from worker.workplace import Workplace


@dataclass
class Service:
    """A client, the database behind it, and how often the bell has been rung."""

    client: FlaskClient
    database: Database
    bells: list[str] = field(default_factory=list)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def train(self, **job: Any) -> dict[str, Any]:
        """Submit a job, train it as a worker does, and return it as it is shown then."""
        answer = self.post("/v1/jobs", job)
        assert answer.status_code == 202, answer.json
        work(Workplace(self.database, "tester", lambda: None))
        shown: dict[str, Any] = self.client.get(answer.headers["Location"]).json
        assert shown["state"] == "succeeded", shown
        return shown


def settings_for(database_url: str, **changes: str) -> Settings:
    return settings_from({"BACKPROP_DATABASE_URL": database_url, **{f"BACKPROP_{k.upper()}": v for k, v in changes.items()}})


@pytest.fixture
def service(database: Database, database_url: str) -> Service:
    """The service without an API key."""
    bells: list[str] = []
    app = create_app(settings_for(database_url, max_body_bytes="100000"), database, lambda: bells.append("bell"))
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
