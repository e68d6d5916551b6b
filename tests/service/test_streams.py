"""Streams of a job's events, from the real server."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backprop.store.database import Database
from backprop.store.jobs import requests
from tests.service.harness import Service
from tests.service.test_main import free_port, wait_for
from worker.runner import work
from worker.workplace import Workplace

JOB = {"data": {"builtin": "iris"}, "training": {"epochs": 30}, "split": {"validation": 0.2}}
STREAM = {"Accept": "text/event-stream"}


@dataclass
class Message:
    """One message of a stream."""

    kind: str
    id: str
    data: Any = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What the server answered, whole."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Server:
    """A running service and the database behind it."""

    port: int
    database: Database

    def request(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def submit(self) -> str:
        return str(self.request("POST", "/v1/jobs", JOB).json["id"])

    def work(self) -> None:
        work(Workplace(self.database, "worker@test", lambda: None))

    def stream(self, job_id: str, **headers: str) -> Iterator[Message]:
        """Follow a job until its stream ends."""
        response = self.request("GET", f"/v1/jobs/{job_id}/events", **STREAM, **headers)
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        for block in response.content.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
            if "event" in lines:
                yield Message(lines["event"], lines["id"], json.loads(lines["data"]))


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    (folder / "backprop.sqlite").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{folder / 'backprop.sqlite'}", folder / "blobs")
    environ = os.environ | {"BACKPROP_DATA_DIR": str(folder), "BACKPROP_PORT": str(port)}
    with (folder / "log").open("wb") as log:  # a pipe that nobody reads would stop the service at its 64th kilobyte
        process = subprocess.Popen([sys.executable, "-m", "service"], env=environ, stdout=log, stderr=log)
    wait_for(port)
    yield Server(port, database)
    process.terminate()
    assert process.wait(10) == 0
    database.close()


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
    asking = f"GET /v1/jobs/{job_id}/events HTTP/1.1\r\nHost: here\r\nAccept: text/event-stream\r\n\r\n".encode()
    streams = []
    for _ in range(300):
        streams.append(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        streams[-1].sendall(asking)
    assert all(b"200 OK" in stream.recv(4096) for stream in streams)
    assert server.request("GET", f"/v1/jobs/{job_id}").status == 200
    server.work()
    late = time.monotonic() + 20
    for stream in streams:
        content = b""
        while b'"succeeded"' not in content and time.monotonic() < late:
            content += stream.recv(65536)
        stream.close()
        assert b'"succeeded"' in content, "each of them is told the end"


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
    requests.cancel(server.database, "local", answer.json["id"])


def test_paths_and_bodies_reach_the_app_as_they_were_sent(server: Server) -> None:
    answer = server.request("GET", "/v1/models/caf%C3%A9%20%2F")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    body = JOB | {"metadata": {"who": "Zoë"}}
    job = server.request("POST", "/v1/jobs?", body).json
    assert job["metadata"] == {"who": "Zoë"}
    assert server.request("GET", "/v1/jobs?limit=1").json["data"][0]["id"] == job["id"]
    requests.cancel(server.database, "local", job["id"])


def test_a_stream_of_no_job_is_not_found(server: Server) -> None:
    answer = server.request("GET", "/v1/jobs/job_0/events", **STREAM)
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
    answer = service.get(f"/v1/jobs/{job_id}/events", Accept="text/event-stream")
    assert (answer.status_code, answer.data) == (200, b"retry: 1000\n\n")
