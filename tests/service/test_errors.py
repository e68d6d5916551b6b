"""Every error is a problem by RFC 9457, whatever raised it."""

import logging
from typing import Any

import pytest
from flask import Flask

from tests.service.harness import Service


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "code", "detail", "request_id", "errors"}
    assert (answer.json["status"], answer.json["code"]) == (status, code)
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_malformed_json_is_400(service: Service) -> None:
    assert_problem(service.client.post("/v1/jobs", data=b"{", content_type="application/json"), 400, "malformed")


def test_invalid_input_is_422_with_every_error(service: Service) -> None:
    answer = service.post("/v1/jobs", {"data": {"builtin": "irsi"}, "training": {"epochs": 0}})
    assert_problem(answer, 422, "invalid")
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/data/builtin", "#/training/epochs"]


def test_a_database_that_is_down_is_503_and_says_when_to_try_again(homeless: Service) -> None:
    answer = homeless.get("/v1/jobs")
    assert_problem(answer, 503, "database_down")
    assert int(answer.headers["Retry-After"]) > 0


def test_an_error_of_ours_is_500_logged_and_keeps_its_cause_to_itself(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down() -> str:
        raise RuntimeError("a secret")

    app = service.client.application
    assert isinstance(app, Flask)
    app.add_url_rule("/broken", view_func=break_down)
    with caplog.at_level(logging.ERROR):
        answer = service.get("/broken")
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert "a secret" in caplog.text
