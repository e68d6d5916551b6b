"""The watch: one line a request, with what finds it again and nothing that must not be told."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from service.monitoring.watch import template
from tests.service.harness import Service

Lines = list[Any]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with capture_logs() as captured:
        yield captured


def test_a_request_is_one_line(service: Service, lines: Lines) -> None:
    service.get("/v1/jobs/job_1", X_Request_Id="r1")
    (line,) = lines
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": "/v1/jobs/{job_id}",
        "status": 404,
        "request_id": "r1",
        "job_id": "job_1",
    }


def test_a_submission_names_the_job_that_it_made(service: Service, lines: Lines) -> None:
    job = service.submit(data={"builtin": "xor"})
    assert [(line["path"], line["job_id"]) for line in lines] == [("/v1/jobs", job["id"])]


def test_a_transition_that_came_from_a_request_carries_its_id(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    bound: list[Any] = []

    def note(_: logging.LogRecord) -> bool:
        bound.append(get_contextvars().get("request_id"))
        return True

    caplog.handler.addFilter(note)
    with caplog.at_level(logging.INFO, "backprop"):
        service.post("/v1/jobs", {"data": {"builtin": "xor"}}, X_Request_Id="r1")
    assert bound == ["r1"]


def test_probes_are_not_logged(service: Service, lines: Lines) -> None:
    service.get("/healthz/live")
    service.get("/healthz/ready")
    assert lines == []


def test_a_refused_request_is_a_line_without_its_key(guarded: Service, lines: Lines) -> None:
    guarded.get("/v1/jobs?limit=1", Authorization="Bearer wrong")
    (line,) = lines
    assert (line["path"], line["status"]) == ("/v1/jobs", 401)
    assert "wrong" not in str(line)


def test_paths_that_there_are_not_share_one_template(service: Service, lines: Lines) -> None:
    service.get("/v1/nothing")
    service.get("/wp-admin")
    assert [line["path"] for line in lines] == ["nowhere", "nowhere"]


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/v1/jobs", "/v1/jobs"),
        ("/v1/jobs/<job_id>/plot.svg", "/v1/jobs/{job_id}/plot.svg"),
        ("/v1/models/<name>/aliases/<int:alias>", "/v1/models/{name}/aliases/{alias}"),
    ],
)
def test_rules_become_templates(rule: str, path: str) -> None:
    assert template(rule) == path
