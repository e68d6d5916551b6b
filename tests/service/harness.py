"""The service as tests meet it: a client, the database behind it, and a list for the bells."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from backprop.settings import Settings, settings_from
from backprop.store.database import Database
from worker.runner import work
from worker.workplace import Workplace

SCRATCH = str(
    Path(tempfile.gettempdir(), "backprop-tests")
)  # what matplotlib knows of the fonts is kept from run to run


class Bells(list[str]):
    """A list for the bells."""

    def ring(self) -> None:
        self.append("bell")


@dataclass
class Service:
    """A client, the database behind it, and how often the bell has been rung."""

    client: FlaskClient
    database: Database
    bells: Bells = field(default_factory=Bells)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.client.post(path, json=body, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def work(self) -> None:
        """Do what a worker does when a bell rings."""
        work(Workplace(self.database, "tester", self.bells.ring))

    def submit(self, **job: Any) -> dict[str, Any]:
        """Submit a job and return it as it is shown, queued."""
        answer = self.post("/v1/jobs", job)
        assert answer.status_code == 202, answer.json
        shown: dict[str, Any] = answer.json
        return shown

    def train(self, **job: Any) -> dict[str, Any]:
        """Submit a job, train it as a worker does, and return it as it is shown then."""
        job_id = self.submit(**job)["id"]
        self.work()
        shown: dict[str, Any] = self.get(f"/v1/jobs/{job_id}").json
        assert shown["state"] == "succeeded", shown
        return shown


def settings_for(database_url: str, **changes: str) -> Settings:
    given = {"database_url": database_url, "data_dir": SCRATCH} | changes
    return settings_from({f"BACKPROP_{name.upper()}": value for name, value in given.items()})
