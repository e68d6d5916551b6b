"""The front: what is answered without Flask is answered as Flask would, byte for byte."""

import http.client
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from backprop.store.jobs import requests
from service.predicting.arrays import NPY
from tests.service.monitoring.test_monitoring import samples
from tests.service.running import JOB, Answer, Server, running

SETTINGS = {"max_body_bytes": "20000"}
TO_FLASK = {
    "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"
}  # which nothing here looks at, and Flask alone reads
OWN = {"date", "server", "x-request-id", "content-length", "connection"}  # the last as the body came in before or after
ROW = [5.1, 3.5, 1.4, 0.2]
PREDICT = "/v1/models/iris/predict"


class Trained(NamedTuple):
    """A server with a trained model, and the job that it came from."""

    server: Server
    job_id: str


@pytest.fixture(scope="module")
def trained(server: Server) -> Trained:
    job_id = server.request("POST", "/v1/jobs", JOB | {"name": "iris"}).json["id"]
    server.work()
    return Trained(server, job_id)


def as_flask_would(server: Server, method: str, path: str, body: object, headers: Mapping[str, str]) -> Answer:
    """Send a request both ways, and return the front's answer, which is Flask's."""
    ours = server.request(method, path, body, **headers)
    flasks = server.request(method, path, body, **headers, **TO_FLASK)
    assert ours.status == flasks.status
    assert told(ours) == told(flasks)
    assert shown(ours.headers) == shown(flasks.headers)
    return ours


def told(answer: Answer) -> bytes:
    return re.sub(rb'"request_id":"[^"]*"', b"", answer.content)


def shown(headers: http.client.HTTPMessage) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items() if name.lower() not in OWN}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PREDICT, {"instances": [ROW]}, 200),
        (PREDICT, {"instances": [ROW] * 3, "return": ["predictions"]}, 200),
        (PREDICT, {"instances": [{"sepal length (cm)": 5.1, "petal width (cm)": 0.2}]}, 200),
        ("/v1/models/iris%401/predict", {"instances": [ROW]}, 200),
        (f"{PREDICT}?", {"instances": [ROW]}, 200),
        (PREDICT, {"instances": []}, 422),
        (PREDICT, {"instances": None}, 422),
        (PREDICT, {"instances": [[1, 2, 3]]}, 422),
        (PREDICT, {"instances": [[1, 2, 3, "four"]]}, 422),
        (PREDICT, {"instances": [ROW], "return": ["everything"]}, 422),
        (PREDICT, {"instanced": [ROW]}, 422),
        (PREDICT, [ROW], 422),
        (PREDICT, None, 415),
        (PREDICT, {"instances": [ROW] * 2000}, 413),
        (f"{PREDICT}?fast=1", {"instances": [ROW]}, 422),
        ("/v1/models/none/predict", {"instances": [ROW]}, 404),
        ("/v1/models/caf%C3%A9/predict", {"instances": [ROW]}, 404),
        ("/v1/models/%00/predict", {"instances": [ROW]}, 404),
    ],
)
def test_a_prediction_is_answered_as_by_its_view(trained: Trained, path: str, body: object, status: int) -> None:
    headers = {} if body is not None else {"Content-Type": "text/plain"}
    assert as_flask_would(trained.server, "POST", path, body, headers).status == status


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/x+json"])
def test_whatever_is_json_is_taken(trained: Trained, kind: str) -> None:
    headers = {"Content-Type": kind}
    assert as_flask_would(trained.server, "POST", PREDICT, {"instances": [ROW]}, headers).status == 200


def test_a_body_in_chunks_is_read_by_the_view(trained: Trained) -> None:
    content = json.dumps({"instances": [ROW]}).encode()
    head = f"POST {PREDICT} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nConnection: close\r\n"
    connection = trained.server.send(head.encode(), b"Transfer-Encoding: chunked\r\n\r\n")
    connection.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content))
    response = http.client.HTTPResponse(connection)
    response.begin()
    assert response.read() == trained.server.request("POST", PREDICT, {"instances": [ROW]}).content
    connection.close()


def test_an_array_is_read_in_front_as_by_the_view(trained: Trained) -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([ROW, ROW], np.float32))
    for content, accept in ((stream.getvalue(), "*/*"), (stream.getvalue(), NPY), (b"nothing", "*/*")):
        answers = [posted(trained.server, content, {"Accept": accept, **way}) for way in ({}, TO_FLASK)]
        assert answers[0].status == answers[1].status
        assert told(answers[0]) == told(answers[1])


def posted(server: Server, content: bytes, headers: Mapping[str, str]) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("POST", PREDICT, content, {"Content-Type": NPY, **headers})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def test_a_poll_is_answered_as_by_its_view(trained: Trained) -> None:
    address = f"/v1/jobs/{trained.job_id}"
    first = as_flask_would(trained.server, "GET", address, None, {})
    assert (first.status, first.json["state"]) == (200, "succeeded")
    tag = str(first.headers["ETag"])
    for known, status in ((tag, 304), (f'"other", {tag}', 304), ("*", 304), (tag[2:], 304), ('"other"', 200)):
        answer = as_flask_would(trained.server, "GET", address, None, {"If-None-Match": known})
        assert (answer.status, answer.headers["ETag"]) == (status, tag)
    assert as_flask_would(trained.server, "GET", "/v1/jobs/job_0", None, {}).status == 404
    assert as_flask_would(trained.server, "GET", f"{address}?all=1", None, {}).status == 422
    assert as_flask_would(trained.server, "HEAD", address, None, {}).content == b""


def test_a_poll_sees_what_has_changed(trained: Trained) -> None:
    server = trained.server
    job_id = server.submit()
    tags = {server.request("GET", f"/v1/jobs/{job_id}").headers["ETag"] for _ in range(20)}
    requests.cancel(server.database, "local", job_id)
    after = [server.request("GET", f"/v1/jobs/{job_id}") for _ in range(20)]  # by each process
    assert {answer.json["state"] for answer in after} == {"cancelled"}
    assert tags.isdisjoint(answer.headers["ETag"] for answer in after)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"data": {"builtin": "xor"}, "training": {"epochz": 3}}, {}, 422),
        ({"data": {"builtin": "none"}}, {}, 422),
        ({"data": {"dataset": "ds_0"}}, {}, 422),
        ({}, {}, 422),
        ([], {}, 422),
        (JOB, {"Idempotency-Key": "not one"}, 422),
        (JOB, {"Content-Type": "text/plain"}, 415),
        (JOB | {"metadata": {"text": "x" * 30_000}}, {}, 413),
    ],
)
def test_a_submission_is_refused_as_by_its_view(
    trained: Trained, body: object, headers: dict[str, str], status: int
) -> None:
    assert as_flask_would(trained.server, "POST", "/v1/jobs", body, headers).status == status


def test_a_submission_is_answered_as_by_its_view(trained: Trained) -> None:
    server = trained.server

    def submitted(**headers: str) -> tuple[Answer, dict[str, Any]]:
        answer = server.request("POST", "/v1/jobs", JOB, **headers)
        job = answer.json
        assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
        assert server.request("GET", answer.headers["Location"]).json == job
        requests.cancel(server.database, "local", job["id"])  # so that the next has the same place in the queue
        changing = ("id", "name", "created_at")
        job["spec"].pop("name")
        return answer, {name: value for name, value in job.items() if name not in changing}

    (ours, our_job), (flasks, flasks_job) = submitted(), submitted(**TO_FLASK)
    assert (ours.status, our_job) == (flasks.status, flasks_job)
    assert {**shown(ours.headers), "location": ""} == {**shown(flasks.headers), "location": ""}


def test_a_submission_with_a_key_is_the_first_one_again_by_either_way(trained: Trained) -> None:
    server, key = trained.server, {"Idempotency-Key": "once"}
    first = server.request("POST", "/v1/jobs", JOB, **key)
    again = [server.request("POST", "/v1/jobs", JOB, **key, **way) for way in ({}, TO_FLASK, {"Prefer": "wait=0"})]
    assert [answer.status for answer in again] == [200, 200, 200]
    assert {answer.json["id"] for answer in again} == {first.json["id"]}
    other = as_flask_would(server, "POST", "/v1/jobs", JOB | {"name": "other"}, key)
    assert (other.status, other.json["code"]) == (409, "idempotency_key_reused")


def test_a_request_keeps_its_id(trained: Trained) -> None:
    for given, kept in (("r-1", True), ("no id", False)):
        headers = {"X-Request-Id": given}
        ours = [
            trained.server.request("POST", PREDICT, {"instances": [ROW]}, **headers),
            trained.server.request("POST", PREDICT, {"instances": []}, **headers),
            trained.server.request("GET", f"/v1/jobs/{trained.job_id}", **headers),
        ]
        assert [answer.headers["X-Request-Id"] == given for answer in ours] == [kept] * 3
        assert ours[1].json["request_id"] == ours[1].headers["X-Request-Id"]


def test_what_is_answered_is_counted(trained: Trained) -> None:
    def counted() -> list[float]:
        found = samples(trained.server.request("GET", "/metrics").content.decode())
        statuses = [("POST", "/v1/models/{ref}/predict"), ("GET", "/v1/jobs/{job_id}")]
        return [
            found["backprop_request_seconds_count", frozenset({("method", m), ("path", p), ("status", "200")})]
            for m, p in statuses
        ]

    trained.server.request("POST", PREDICT, {"instances": [ROW]})
    trained.server.request("GET", f"/v1/jobs/{trained.job_id}")
    before = counted()
    for _ in range(5):
        trained.server.request("POST", PREDICT, {"instances": [ROW]})
        trained.server.request("GET", f"/v1/jobs/{trained.job_id}")
    assert counted() == [count + 5 for count in before]


@pytest.fixture(scope="module")
def guarded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("guarded"), sqlite_template, api_key="sesame") as server:
        yield server


@pytest.mark.parametrize(
    ("key", "status"),
    [("Bearer sesame", 404), ("bearer  sesame", 404), ("Bearer open", 401), ("sesame", 401), ("", 401)],
)
def test_nothing_is_answered_without_the_key(guarded: Server, key: str, status: int) -> None:
    headers: dict[str, Any] = {"Authorization": key} if key else {}
    assert as_flask_would(guarded, "GET", "/v1/jobs/job_0", None, headers).status == status
    assert as_flask_would(guarded, "POST", PREDICT, {"instances": [ROW]}, headers).status == status
