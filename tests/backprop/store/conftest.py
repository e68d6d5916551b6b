"""What the store's tests stand on."""

import pytest

from backprop.store.database import Database
from backprop.store.jobs import submissions
from backprop.store.jobs.reading import JobView
from backprop.store.jobs.submissions import Submission
from tests.backprop.store.situations import OWNER, SPEC, Submit


@pytest.fixture
def submit(database: Database) -> Submit:
    """Submit a job and return it."""

    def submit(**given: object) -> JobView:
        submission = Submission(**({"spec": SPEC, "epochs": 10} | given))  # type: ignore[arg-type]
        return submissions.submit(database, OWNER, submission)[0]

    return submit
