"""Samples as text: what a shell, and a reader, makes of them."""

import json
import shlex

import pytest

from service.docs.bodies import Body
from service.docs.samples import Request, Shell, found, written

SHELL = Shell("http://127.0.0.1:8000", has_key=False)


def test_a_get_is_no_more_than_its_address() -> None:
    assert SHELL.curl(Request("GET", "/v1/jobs")) == "curl http://127.0.0.1:8000/v1/jobs"


def test_a_shell_takes_the_body_as_it_is() -> None:
    body = {"data": {"inline": {"columns": ['a $b `c` \\ "'], "rows": [[1]] * 40}}, "name": "x"}
    words = shlex.split(SHELL.curl(Request("POST", "/v1/jobs", body=Body("", body))))
    assert json.loads(words[words.index("-d") + 1]) == body


def test_a_shell_takes_a_text_with_its_lines() -> None:
    words = shlex.split(SHELL.curl(Request("POST", "/v1/datasets", body=Body("", "a,b\n1,2\n", "text/csv"))))
    assert words[words.index("--data-binary") + 1] == "a,b\n1,2\n"
    assert "Content-Type: text/csv" in words


def test_a_query_is_quoted_and_a_variable_is_not_lost() -> None:
    assert SHELL.curl(Request("GET", "/v1/jobs?a=1&b=2")).endswith("'http://127.0.0.1:8000/v1/jobs?a=1&b=2'")
    assert SHELL.curl(Request("GET", "/v1/jobs/$job_id")).endswith('"http://127.0.0.1:8000/v1/jobs/$job_id"')


def test_the_key_comes_from_the_environment() -> None:
    keyed = Shell(SHELL.address, has_key=True)
    assert '-H "Authorization: Bearer $BACKPROP_API_KEY"' in keyed.curl(Request("GET", "/v1/jobs"))
    assert "$BACKPROP_API_KEY" in found("jobs", "name=iris")(keyed)


@pytest.mark.parametrize("body", [{}, {"a": [1, 2]}, {"a": {"b": ["x" * 100], "c": {"d": 1}}, "e": None}])
def test_a_written_body_is_json_for_people_and_programs(body: object) -> None:
    assert json.loads(written(body)) == body
    assert written({"a": 1, "b": 2}) == '{"a": 1, "b": 2}'
