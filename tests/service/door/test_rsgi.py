"""The door that Granian calls: requests reach the app as they were sent, whole, however slowly others send theirs."""

import json
from contextlib import closing

import pytest

from backprop.store.jobs import requests
from tests.service.running import JOB, Server, read_until

POST = b"POST /v1/jobs HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
CONTENT = json.dumps(JOB).encode()


def test_paths_and_bodies_reach_the_app_as_they_were_sent(server: Server) -> None:
    answer = server.request("GET", "/v1/models/caf%C3%A9%20%2F")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    answer = server.request("GET", "/v1/models/%2541")
    assert "'%41'" in answer.json["detail"], "escapes are resolved once"
    body = JOB | {"metadata": {"who": "Zoë"}}
    job = server.request("POST", "/v1/jobs?", body).json
    assert job["metadata"] == {"who": "Zoë"}
    assert server.request("GET", "/v1/jobs?limit=1").json["data"][0]["id"] == job["id"]
    requests.cancel(server.database, "local", job["id"])


def test_a_header_that_is_not_ascii_is_refused_where_it_matters(server: Server) -> None:
    headers = b"Idempotency-Key: \xe9\r\nUser-Agent: \xe9\r\nContent-Length: %d\r\n\r\n" % len(CONTENT)
    with closing(server.send(POST, headers, CONTENT)) as connection:
        assert b'"pointer":"Idempotency-Key"' in read_until(connection, b"]}")


def test_head_is_get_without_the_body(server: Server) -> None:
    answer = server.request("HEAD", "/healthz/live")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(server.request("GET", "/healthz/live").content))


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: %d\r\n\r\n%s" % (len(CONTENT) + 1, CONTENT),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(CONTENT), CONTENT),
    ],
    ids=["by its length", "chunked"],
)
def test_a_body_that_breaks_off_makes_no_job(server: Server, sent: bytes) -> None:
    before = server.request("GET", "/v1/jobs").json["data"]
    for _ in range(4):  # whichever process takes them
        server.send(POST, sent).close()
    assert [server.request("GET", "/v1/jobs").json["data"] for _ in range(20)] == [before] * 20
