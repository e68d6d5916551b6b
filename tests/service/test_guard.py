"""What holds for every request: its id, the API key, the body's limit, addresses that are none."""

import io
from typing import Any

import pytest

from tests.service.harness import Service

JSON = "application/json"
LIMIT = 100_000  # of the service in these tests


@pytest.mark.parametrize("path", ["/healthz/live", "/v1/jobs", "/v1/nothing", "/openapi.json"])
def test_a_request_id_comes_back_as_it_was_sent(service: Service, path: str) -> None:
    assert service.get(path, X_Request_Id="abc-1.2:3").headers["X-Request-Id"] == "abc-1.2:3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>"])
def test_a_request_id_that_is_none_is_replaced(service: Service, given: str) -> None:
    made = service.get("/healthz/live", X_Request_Id=given).headers["X-Request-Id"]
    assert made != given
    assert len(made) == 32


def test_a_problem_names_the_request_id(service: Service) -> None:
    assert service.get("/v1/jobs/job_0", X_Request_Id="abc").json["request_id"] == "abc"


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/nothing", "/metrics", "/v1/datasets/builtin", "/docsx", "/doc"])
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic sesame"}])
def test_without_the_key_everything_is_401(guarded: Service, path: str, header: dict[str, str]) -> None:
    answer = guarded.get(path, **header)
    assert (answer.status_code, answer.json["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_with_the_key_everything_is_open(guarded: Service, scheme: str) -> None:
    assert guarded.get("/v1/jobs", Authorization=f"{scheme} sesame").status_code == 200


def test_a_key_that_is_not_ascii_is_wrong_and_no_error(guarded: Service) -> None:
    assert guarded.get("/v1/jobs", Authorization="Bearer s\xe9same").status_code == 401


@pytest.mark.parametrize("probe", ["/healthz/live", "/healthz/ready"])
def test_probes_need_no_key(guarded: Service, probe: str) -> None:
    assert guarded.get(probe).status_code == 200


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/models/iris/predict", "/v1/jobs/job_0/cancel", "/v1/nothing"])
def test_a_body_that_says_it_is_too_large_is_413_before_it_is_read(service: Service, path: str) -> None:
    answer: Any = service.client.post(path, content_type=JSON, environ_overrides={"CONTENT_LENGTH": str(LIMIT + 1)})
    assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")
    assert "100,000" in answer.json["detail"]


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 422), (LIMIT + 1, 413), (10 * LIMIT, 413)])
def test_a_body_that_does_not_say_its_length_is_413_once_too_much_of_it_has_come(
    service: Service, size: int, status: int
) -> None:
    answer: Any = service.client.post(
        "/v1/jobs",
        content_type=JSON,
        input_stream=io.BytesIO(b"{}" + b" " * (size - 2)),
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == status, answer.json


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_another_content_type_is_415(service: Service, content_type: str | None) -> None:
    answer: Any = service.client.post("/v1/jobs", data=b"{}", content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", [JSON, "application/json; charset=utf-8", "application/vnd.api+json"])
def test_json_by_any_of_its_names_is_read(service: Service, content_type: str) -> None:
    assert service.client.post("/v1/jobs", data=b"{}", content_type=content_type).status_code == 422


def test_a_compressed_body_is_415(service: Service) -> None:
    answer = service.client.post("/v1/jobs", data=b"x", content_type=JSON, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


def test_a_query_where_none_is_taken_is_refused(service: Service) -> None:
    answer = service.get("/healthz/live?verbose=1")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "?verbose")


@pytest.mark.parametrize(
    "path",
    ["/v1/jobs/", "/v1//jobs", "/v1/jobs/a/b", "/v3", "/v1/jobs/%00", "/%2e%2e/etc/passwd"],
)
def test_an_address_that_is_none_is_404_and_no_redirect(service: Service, path: str) -> None:
    answer = service.get(path)
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_another_method_is_405_and_says_which_are_taken(service: Service) -> None:
    answer: Any = service.client.put("/v1/jobs", json={})
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
