"""Requests are repeated until they are answered, and do what they ask for once."""

import time

import pytest

from backprop.client import Client, InvalidError, Retries, UnavailableError, UnreachableError
from tests.backprop.client.served import Fault, Served, answering, broken_after, broken_before

JOB = {"data": {"builtin": "xor"}, "training": {"epochs": 3}}
DOWN = b'{"status": 503, "code": "database_down", "detail": "the database does not answer"}'


@pytest.mark.parametrize("fault", [broken_after, broken_before])
def test_a_job_whose_answer_was_lost_is_submitted_once(served: Served, client: Client, fault: Fault) -> None:
    served.faults = [fault, fault]
    job = client.jobs.create(JOB)
    assert served.asked == ["POST /v1/jobs"] * 3
    assert [shown.id for shown in client.jobs.list()] == [job.id]


def test_two_jobs_that_are_alike_are_two(client: Client) -> None:
    assert client.jobs.create(JOB).id != client.jobs.create(JOB).id


def test_a_job_deleted_when_the_answer_was_lost_is_no_error(served: Served, client: Client) -> None:
    job_id = client.jobs.create(JOB).id
    client.jobs.cancel(job_id)
    served.faults = [broken_after]
    client.jobs.delete(job_id)
    assert not list(client.jobs.list())


def test_a_service_that_asks_for_a_pause_gets_it(served: Served, client: Client) -> None:
    served.faults = [answering("503 Service Unavailable", DOWN, Retry_After="1"), answering("429 Too Many Requests")]
    began = time.monotonic()
    client.jobs.create(JOB)
    assert time.monotonic() - began >= 1
    assert served.asked == ["POST /v1/jobs"] * 3


def test_a_pause_longer_than_the_patience_is_an_error_at_once(served: Served, client: Client) -> None:
    served.faults = [answering("503 Service Unavailable", DOWN, Retry_After="3600")]
    with pytest.raises(UnavailableError, match="the database does not answer"):
        client.jobs.create(JOB)
    assert len(served.asked) == 1


def test_attempts_come_to_an_end(served: Served) -> None:
    served.faults = [broken_before] * 3 + [answering("503 Service Unavailable", DOWN)] * 3
    with served.client(retries=Retries(attempts=3, first=0.001)) as client:
        with pytest.raises(UnreachableError, match=served.url):
            client.jobs.create(JOB)
        with pytest.raises(UnavailableError):
            client.jobs.create(JOB)
    assert len(served.asked) == 6


def test_what_is_refused_is_not_asked_again(served: Served, client: Client) -> None:
    with pytest.raises(InvalidError):
        client.jobs.create({})
    assert len(served.asked) == 1
