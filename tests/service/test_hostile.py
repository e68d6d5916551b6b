"""Hostile bodies: whatever bytes come in, the answer is a 4xx that says where and why, and no job is made."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.harness import Service

IRIS: dict[str, Any] = {"data": {"builtin": "iris"}}
ROWS = [[1, 2], [3, 4]]


def body(**changes: Any) -> bytes:
    return json.dumps({**IRIS, **changes}).encode()


BODIES: dict[str, tuple[bytes, int, str | None]] = {
    "nothing": (b"", 400, None),
    "blanks": (b"  \n", 400, None),
    "half an object": (b'{"data": {"builtin": "iris"}', 400, None),
    "two values": (b"{} {}", 400, None),
    "a comment": (b"{} // job", 400, None),
    "single quotes": (b"{'data': {}}", 400, None),
    "latin-1": ('{"name": "é"}'.encode("latin-1"), 400, None),
    "UTF-16": ('{"data": {}}'.encode("utf-16"), 400, None),
    "NaN": (b'{"training": {"epochs": NaN}}', 400, None),
    "Infinity": (b'{"training": {"epochs": Infinity}}', 400, None),
    "1e999": (b'{"training": {"stop": {"max_seconds": 1e999}}}', 400, None),
    "5000 digits": (b'{"training": {"epochs": ' + b"1" * 5000 + b"}}", 400, None),
    "a key twice": (b'{"name": "a", "name": "b"}', 400, None),
    "a depth bomb of lists": (b"[" * 40_000 + b"]" * 40_000, 400, None),
    "a depth bomb of objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, None),
    "a depth bomb that is never closed": (b'{"data":' + b"[" * 90_000, 400, None),
    "NUL in a name": (b'{"data": {"builtin": "iris"}, "name": "a\\u0000"}', 400, None),
    "half a surrogate pair": (b'{"data": {"builtin": "iris"}, "metadata": {"a": "\\ud800"}}', 400, None),
    "a list": (b"[]", 422, "#"),
    "null": (b"null", 422, "#"),
    "a string": (b'"iris"', 422, "#"),
    "no data": (b"{}", 422, "#/data"),
    "true for a number": (body(training={"epochs": True}), 422, "#/training/epochs"),
    "a number in quotes": (body(training={"epochs": "2"}), 422, "#/training/epochs"),
    "a mistyped key": (body(trainning={}), 422, "#/trainning"),
    "a key with odd characters": (body(**{"a/b~ \n": 1}), 422, "#/a~1b~0%20%0A"),
    "a long key": (body(**{"k" * 50_000: 1}), 422, "#/" + "k" * 50_000),
    "the marker of our schema library": (body(_schema=1), 422, "#"),
    "an object for a name": (body(name={"$gt": ""}), 422, "#/name"),
    "a path for a dataset": (body(data={"dataset": "../../etc/passwd"}), 422, "#/data/dataset"),
    "a dataset that is not there": (body(data={"dataset": "ds_0"}), 422, "#/data/dataset"),
    "a target that is not there": (body(target="specis"), 422, "#/target"),
    "a target twice": (body(target=["species", "species"]), 422, "#/target/1"),
    "every row held out": (body(split={"test": 150}), 422, "#/split/test"),
    "a network beyond all memory": (
        body(network={"hidden": [{"units": 1_000_000}] * 100}),
        422,
        "#/network",
    ),
    "work beyond all patience": (
        body(network={"hidden": [{"units": 1_000_000}]}, training={"epochs": 10_000_000}),
        422,
        "#/training/epochs",
    ),
    "a weight that is no number": (body(network={"weights": [[["x"]]]}), 422, "#/network/weights/0/0/0"),
    "weights of another shape": (body(network={"hidden": [], "weights": [[[1]]]}), 422, "#/network/weights/0"),
    "no rows": (body(data={"inline": {"columns": ["a"], "rows": []}}), 422, "#/data/inline/rows"),
    "no columns": (body(data={"inline": {"columns": [], "rows": [[]]}}), 422, "#/data/inline/columns"),
    "ragged rows": (body(data={"inline": {"columns": ["a", "b"], "rows": [[1, 2], [1]]}}), 422, "#/data/inline/rows/1"),
    "rows that are objects": (body(data={"inline": {"columns": ["a"], "rows": [{}]}}), 422, "#/data/inline/rows/0"),
    "a cell that is a list": (
        body(data={"inline": {"columns": ["a"], "rows": [[[1]]]}}),
        422,
        "#/data/inline/rows/0/0",
    ),
    "a number too large for a float": (
        b'{"data": {"inline": {"columns": ["a"], "rows": [[1' + b"0" * 310 + b"]]}}}",
        400,
        None,
    ),
    "more targets than inputs": (
        body(data={"inline": {"inputs": ROWS, "targets": [1]}}),
        422,
        "#/data/inline/targets",
    ),
    "one class": (
        body(data={"inline": {"columns": ["a", "b"], "rows": [[1, "x"], [2, "x"]]}}, target="b"),
        422,
        "#/target",
    ),
    "a missing value where none may be": (
        body(
            data={"inline": {"columns": ["a", "b"], "rows": [[1, "x"], [None, "y"]]}},
            target="b",
            preprocessing={"missing": "error"},
        ),
        422,
        "#/preprocessing/missing",
    ),
    "a missing target": (
        body(data={"inline": {"columns": ["a", "b"], "rows": [[1, "x"], [2, None], [3, "y"]]}}, target="b"),
        422,
        "#/target",
    ),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_hostile_body_is_refused_where_it_is_wrong(service: Service, kind: str) -> None:
    content, status, pointer = BODIES[kind]
    answer: Any = service.client.post("/v1/jobs", data=content, content_type="application/json")
    assert answer.status_code == status, answer.json
    assert pointer in [error["pointer"] for error in answer.json["errors"]] or (pointer is None)
    assert service.bells == []
    assert service.get("/v1/jobs").json["data"] == []


@given(
    content=st.binary(max_size=40)
    | st.text(alphabet='{}[]":,.0123456789eE+-truefalsn\\u ', max_size=40).map(str.encode)
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/models/iris/predict"])
def test_no_bytes_are_an_error_of_ours(service: Service, path: str, content: bytes) -> None:
    answer = service.client.post(path, data=content, content_type="application/json")
    assert 400 <= answer.status_code < 500
