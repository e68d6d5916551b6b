"""Events in the log: a line a transition, once it is committed."""

import logging
from contextlib import suppress

import pytest

from backprop.store.database import Database
from backprop.store.jobs import claims, events, requests
from backprop.store.jobs.claims import Outcome
from tests.backprop.store.situations import OWNER, Submit, take


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, object, object]]:
    return [(line.getMessage(), vars(line)["claim"], vars(line)["state"]) for line in caplog.records]


def test_each_transition_is_a_line(database: Database, submit: Submit, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        job_id = submit().id
        held = take(database)
        requests.pause(database, OWNER, job_id)
        claims.give_back(database, held)
        requests.resume(database, OWNER, job_id)
        claims.finish(database, take(database), Outcome("succeeded"))
    assert {vars(line)["job_id"] for line in caplog.records} == {job_id}
    assert told(caplog) == [
        ("job queued", 0, "queued"),
        ("job started", 1, "running"),
        ("job pause_requested", 1, "running"),
        ("job paused", 1, "paused"),
        ("job queued", 1, "queued"),
        ("job started", 2, "running"),
        ("job succeeded", 2, "succeeded"),
    ]


def test_what_is_not_committed_is_not_told(
    database: Database, submit: Submit, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = submit().id
    with caplog.at_level(logging.INFO), suppress(ZeroDivisionError), database.writing() as session:
        events.write(session, job_id, "cancelled")
        raise ZeroDivisionError
    assert told(caplog) == []
