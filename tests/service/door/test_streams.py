"""Streams of a job's events, and waits for its end, from the real server."""

import threading

from backprop.store.jobs import requests
from service.door.feeds import MOST_FOLLOWERS
from tests.service.harness import Service
from tests.service.running import EVENT_STREAM, JOB, Answer, Message, Server, read_until
from worker.runner import work
from worker.workplace import Workplace

STREAMS = 300


def epochs(messages: list[Message]) -> list[int]:
    return [epoch for message in messages if message.kind == "metrics" for epoch in message.data["epoch"]]


def kinds(messages: list[Message]) -> list[str]:
    return [message.data["kind"] for message in messages if message.kind == "state"]


def test_a_stream_tells_all_that_happens_and_ends_with_the_job(server: Server) -> None:
    job_id = server.submit()
    told: list[Message] = []
    follower = threading.Thread(target=lambda: told.extend(server.stream(job_id)))
    follower.start()
    server.work()
    follower.join(20)
    assert not follower.is_alive(), "the stream ends with the job"
    assert kinds(told) == ["queued", "started", "succeeded"]
    assert epochs(told) == list(range(1, 31))
    metrics = next(message.data for message in told if message.kind == "metrics")
    assert {"loss", "accuracy", "validation_loss", "learning_rate", "seconds"} < set(metrics)
    assert told[-1].data["kind"] == "succeeded"
    assert [message.data["state"] for message in told if message.kind == "progress"][-1] == "succeeded"


def test_a_client_that_comes_back_is_told_what_it_missed(server: Server) -> None:
    job_id = server.submit()
    server.work()
    whole = list(server.stream(job_id))
    started = next(message for message in whole if message.kind == "state" and message.data["kind"] == "started")
    missed = list(server.stream(job_id, **{"Last-Event-ID": started.id}))
    assert kinds(missed) == ["succeeded"]
    assert epochs(missed) == list(range(1, 31))
    assert epochs(list(server.stream(job_id, **{"Last-Event-ID": "2-28"}))) == [29, 30]
    assert not kinds(list(server.stream(job_id, **{"Last-Event-ID": whole[-1].id})))
    assert len(epochs(list(server.stream(job_id, **{"Last-Event-ID": "what?"})))) == 30


def test_the_stream_of_a_deleted_job_ends(server: Server) -> None:
    job_id = server.submit()
    told: list[Message] = []
    follower = threading.Thread(target=lambda: told.extend(server.stream(job_id)))
    follower.start()
    requests.cancel(server.database, "local", job_id)
    requests.delete(server.database, "local", job_id)
    follower.join(20)
    assert not follower.is_alive()


def test_three_hundred_streams_leave_the_others_answered(server: Server) -> None:
    job_id = server.submit()
    with server.streams(job_id, STREAMS) as streams:
        assert server.request("GET", f"/v1/jobs/{job_id}").status == 200
        server.work()
        for stream in streams:
            read_until(stream, b'"succeeded"')


def test_clients_that_went_leave_room_for_others(server: Server) -> None:
    job_id = server.submit()
    for _ in range(1 + 2 * MOST_FOLLOWERS // STREAMS):  # more than all processes take at once
        with server.streams(job_id, STREAMS):
            pass
    with server.streams(job_id, 10) as streams:
        for stream in streams:
            read_until(stream, b'"queued"')
    requests.cancel(server.database, "local", job_id)


def test_a_submission_that_prefers_to_wait_is_answered_when_its_job_has_ended(server: Server) -> None:
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(server.request("POST", "/v1/jobs", JOB, Prefer="wait=20")))
    asking.start()
    while work(Workplace(server.database, "worker@test", lambda: None)) is None:
        assert asking.is_alive()
    asking.join(20)
    (answer,) = answers
    assert (answer.status, answer.json["state"], answer.json["progress"]["percent"]) == (200, "succeeded", 100.0)
    assert answer.headers["Preference-Applied"] == "wait=20"


def test_a_wait_that_is_over_before_the_job_is_answers_as_without_it(server: Server) -> None:
    answer = server.request("POST", "/v1/jobs", JOB, Prefer="respond-async, wait=1")
    assert (answer.status, answer.json["state"]) == (202, "queued")
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Preference-Applied"] == "wait=1"
    requests.cancel(server.database, "local", answer.json["id"])


def test_a_job_that_has_ended_already_is_not_waited_for(server: Server) -> None:
    submitted = server.request("POST", "/v1/jobs", JOB, **{"Idempotency-Key": "once"}).json
    server.work()
    headers = {"Idempotency-Key": "once", "Prefer": "wait=20", "If-None-Match": "*"}
    answer = server.request("POST", "/v1/jobs", JOB, **headers)
    assert (answer.status, answer.json["id"], answer.json["state"]) == (200, submitted["id"], "succeeded")


def test_a_stream_of_no_job_is_not_found(server: Server) -> None:
    answer = server.request("GET", "/v1/jobs/job_0/events", Accept=EVENT_STREAM)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_events_are_a_list_for_those_who_do_not_follow(service: Service) -> None:
    job_id = service.train(**JOB)["id"]
    listed = service.get(f"/v1/jobs/{job_id}/events").json["data"]
    assert [(event["seq"], event["kind"], event["claim"]) for event in listed] == [
        (1, "queued", 0),
        (2, "started", 1),
        (3, "succeeded", 1),
    ]
    assert all(event["at"].endswith("Z") for event in listed)


def test_a_server_without_streams_ends_them_at_once(service: Service) -> None:
    job_id = service.submit(**JOB)["id"]
    answer = service.get(f"/v1/jobs/{job_id}/events", Accept=EVENT_STREAM)
    assert (answer.status_code, answer.data) == (200, b"retry: 1000\n\n")
