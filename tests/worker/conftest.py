"""A workplace without Celery: the runner is a plain function, and its bells go into a list."""

from collections.abc import Callable
from typing import Any

import pytest

from backprop import data
from backprop.defaults import complete
from backprop.schemas import dump_spec, load_job
from backprop.store.database import Database
from backprop.store.jobs import submissions
from backprop.store.jobs.reading import JobView
from backprop.store.jobs.submissions import Submission
from worker.workplace import Workplace

Submit = Callable[..., JobView]


@pytest.fixture
def bells() -> list[None]:
    """The bells that were rung."""
    return []


@pytest.fixture
def place(database: Database, bells: list[None]) -> Workplace:
    """A workplace on an empty database."""
    return Workplace(database, "worker@test", lambda: bells.append(None))


@pytest.fixture
def submit(database: Database) -> Submit:
    """Submit a job on a built-in set, completed as the service does."""

    def submit(**document: Any) -> JobView:
        spec = load_job({"data": {"builtin": "iris"}} | document).spec
        spec = complete(spec, data.load(spec.data.builtin or ""))
        submission = Submission(dump_spec(spec), spec.epochs, spec.name, spec.priority)
        return submissions.submit(database, "local", submission)[0]

    return submit
