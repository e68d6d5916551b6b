"""The description of the service agrees with the service."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from backprop.nn import OPTIMIZERS
from tests.service.harness import Service

METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}


@pytest.fixture
def openapi(service: Service) -> dict[str, Any]:
    answer = service.get("/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json
    return described


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            if method.upper() in METHODS:
                yield f"{method.upper()} {path}", operation


def test_every_operation_of_the_app_is_described(service: Service, openapi: dict[str, Any]) -> None:
    app = service.client.application
    assert isinstance(app, Flask)
    served = {
        f"{method} {rule.rule.replace('<', '{').replace('>', '}')}"
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith("docs.")  # pages, for people
        for method in (rule.methods or set()) & METHODS
    }
    assert served - {"GET /openapi.json"} == {name for name, _ in operations(openapi)}


def test_every_operation_has_a_summary_and_answers_problems(openapi: dict[str, Any]) -> None:
    for name, operation in operations(openapi):
        assert operation["summary"], name
        assert "default" in operation["responses"], name


def test_errors_are_described_as_problems(openapi: dict[str, Any]) -> None:
    for name, response in openapi["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name


def test_every_reference_leads_somewhere(openapi: dict[str, Any]) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(openapi):
        found: Any = openapi
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_a_jobs_choices_are_those_of_the_engines_tables(openapi: dict[str, Any]) -> None:
    training = openapi["components"]["schemas"]["Training"]
    by_name, *by_parameters = training["properties"]["optimizer"]["oneOf"]
    assert by_name == {"enum": list(OPTIMIZERS)}
    assert [form["properties"]["name"]["const"] for form in by_parameters] == list(OPTIMIZERS)
    assert training["additionalProperties"] is False


def test_the_key_is_described_where_there_is_one(service: Service, guarded: Service) -> None:
    assert "security" not in service.get("/openapi.json").json
    described = guarded.get("/openapi.json", Authorization="Bearer sesame").json
    assert described["security"] == [{"key": []}]
    assert described["paths"]["/healthz/live"]["get"]["security"] == []


def test_streams_and_tables_are_described_beside_the_json(openapi: dict[str, Any]) -> None:
    def kinds(path: str) -> set[str]:
        return set(openapi["paths"][path]["get"]["responses"]["200"]["content"])

    assert kinds("/v1/jobs/{job_id}/events") == {"application/json", "text/event-stream"}
    assert kinds("/v1/jobs/{job_id}/metrics") == {"application/json", "text/csv"}
    named = {parameter["name"] for parameter in openapi["paths"]["/v1/jobs"]["get"]["parameters"]}
    assert {"state", "name", "metadata", "created_after", "created_before"} < named
