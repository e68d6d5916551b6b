"""Errors by code: the page, the document and the description say what the tables say, and each problem leads there."""

import re
from pathlib import Path

import pytest
from werkzeug.exceptions import default_exceptions

from backprop.codes import FAILURES, PROBLEMS, REFUSALS
from service.docs.errors import markdown
from service.errors import from_http
from tests.service.harness import Service

CODES = [*REFUSALS, *PROBLEMS, *FAILURES]


def test_the_document_is_the_tables() -> None:
    assert Path("docs/errors.md").read_text() == markdown(), "write it anew: .venv/bin/python -m service.docs"


def test_the_page_has_a_line_for_every_code(service: Service) -> None:
    page = service.get("/docs/errors").text
    assert re.findall(r'<div id="(\w+)">', page) == CODES


def test_the_page_shows_names_as_code_and_everything_else_as_text(service: Service) -> None:
    page = service.get("/docs/errors").text
    assert "<code>&#34;2&#34;</code> and <code>true</code> are no numbers" in page
    assert "`" not in page


@pytest.mark.parametrize("path", ["/v1/jobs/job_0", "/nowhere", "/v1/jobs?limit=0", "/healthz/live?verbose=1"])
def test_the_type_of_a_problem_is_its_codes_line_on_the_page(service: Service, path: str) -> None:
    problem = service.get(path).json
    address, _, line = problem["type"].partition("#")
    assert line == problem["code"]
    assert f'id="{line}"' in service.get(address).text


@pytest.mark.parametrize("status", [status for status in default_exceptions if status >= 400])
def test_whatever_the_framework_refuses_has_a_code_of_the_table(service: Service, status: int) -> None:
    with service.client.application.test_request_context():
        refused = from_http(default_exceptions[status]())
    assert refused.json is not None
    assert REFUSALS[refused.json["code"]].status // 100 == status // 100


def test_the_description_has_the_codes_of_each_status_with_their_remedies(service: Service) -> None:
    described = service.get("/openapi.json").json
    conflict = described["components"]["responses"]["CONFLICT"]
    for code in ("wrong_state", "idempotency_key_reused", "idempotency_key_spent"):
        assert REFUSALS[code].remedy in conflict["description"]
        assert conflict["content"]["application/problem+json"]["examples"][code]["value"]["code"] == code
    assert all(f"`{code}`" in described["info"]["description"] for code in REFUSALS)
