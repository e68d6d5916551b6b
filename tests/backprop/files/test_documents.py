"""JSON and JSON lines: three forms of the one, records of the other."""

import json
from typing import Any

import pytest

from backprop.errors import MalformedError
from tests.backprop.files.tables import columns, problem

PEOPLE = {"age": ("numeric", [31, None]), "name": ("text", ["Ann", "Bob"]), "tall": ("boolean", [None, True])}
FORMS: list[Any] = [
    {"columns": ["age", "name", "tall"], "rows": [[31, "Ann", None], [None, "Bob", True]]},
    {"columns": {"age": [31, None], "name": ["Ann", "Bob"], "tall": [None, True]}},
    [{"age": 31, "name": "Ann"}, {"name": "Bob", "tall": True}],
]


@pytest.mark.parametrize("document", FORMS, ids=["rows", "columns", "records"])
def test_a_table_may_come_in_three_forms(document: Any) -> None:
    assert columns(json.dumps(document).encode(), "json") == PEOPLE


def test_lines_hold_records_and_may_lack_keys() -> None:
    assert columns(b'{"age": 31, "name": "Ann"}\n\n{"name": "Bob", "tall": true}', "ndjson") == PEOPLE


def test_texts_that_all_are_times_are_times() -> None:
    assert columns(b'[{"t": "2020-01-31"}, {"t": null}]', "json")["t"] == ("datetime", ["2020-01-31T00:00:00Z", None])
    assert columns(b'[{"t": "2020-01-31"}]', "json", text=("t",))["t"] == ("text", ["2020-01-31"])


def test_lines_that_hold_times_and_then_texts_are_texts() -> None:
    lines = b'{"t": "2020-01-31"}\n' * 5000 + b'{"t": "soon"}\n'
    kind, values = columns(lines, "ndjson")["t"]
    assert (kind, values[0], values[-1]) == ("text", "2020-01-31", "soon")


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (b'{"rows": [[1]]}', "#", "wrong_keys"),
        (b'{"columns": [], "rows": []}', "#/columns", "wrong_type"),
        (b'{"columns": ["a"], "rows": []}', "#/rows", "no_rows"),
        (b'{"columns": ["a"], "rows": [[1], [2, 3]]}', "#/rows/1", "ragged_row"),
        (b'{"columns": ["a", "a"], "rows": [[1, 2]]}', "#/columns/1", "duplicate"),
        (b'{"columns": {"a": [1], "b": []}}', "#/columns", "wrong_length"),
        (b'[{"a": 1}, {"a": "x"}]', "#/rows/1/a", "mixed_kinds"),
        (b'[{"a": [1]}]', "#/rows/0/a", "wrong_type"),
        (b'[{"a": 1}, 2]', "#/1", "wrong_type"),
        (b"[]", "#/rows", "no_rows"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, pointer: str, code: str) -> None:
    found = problem(content, "json")
    assert (found.pointer, found.code) == (pointer, code)


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (b"", "#/rows", "no_rows"),
        (b'{"a": 1}\n{"a": \n', "#/rows/1", "damaged"),
        (b'{"a": 1}\n[1]\n', "#/rows/1", "wrong_type"),
        (b'{"a": 1}\n' * 5000 + b'{"a": "x"}\n', "#/rows/5000/a", "mixed_kinds"),
        (b'{"a": 1}\n{"a": ' + b" " * 2**22 + b"1}\n", "#/rows", "too_long"),
    ],
)
def test_a_bad_line_is_named(content: bytes, pointer: str, code: str) -> None:
    found = problem(content, "ndjson")
    assert found.code == code
    assert found.pointer.startswith(pointer)


def test_a_document_that_is_no_json_is_malformed() -> None:
    with pytest.raises(MalformedError, match="line 1"):
        columns(b'{"columns": ', "json")
