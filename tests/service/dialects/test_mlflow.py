"""MLflow's scoring: every form of rows gives our own predictions, and what is wrong is said at its place."""

from typing import Any

import pytest

from tests.service.dialects.conftest import COLUMNS, FRUIT_CSV, FRUITS, NAMES, ROW, ours
from tests.service.harness import Service

RECORDS = [dict(zip(COLUMNS, row, strict=True)) for row in FRUITS]
BY_COLUMN = {name: [row[place] for row in FRUITS] for place, name in enumerate(COLUMNS)}


def invoke(service: Service, body: Any, model: str = "fruit") -> Any:
    return service.post(f"/invocations?model={model}", body)


def table(service: Service, text: str | bytes, model: str = "fruit") -> Any:
    return service.client.post(f"/invocations?model={model}", data=text, content_type="text/csv; charset=utf-8")


def test_every_form_gives_our_own_predictions(trained: Service) -> None:
    expected = {"predictions": ours(trained, RECORDS, "fruit")["predictions"]}
    backwards = [*reversed(COLUMNS)]
    rows = [[record[name] for name in backwards] for record in RECORDS]
    for body in (
        {"dataframe_split": {"columns": COLUMNS, "index": [0, 1, 2, 3, 4], "data": FRUITS}},
        {"dataframe_split": {"columns": backwards, "data": rows}, "params": None},
        {"dataframe_records": RECORDS},
        {"instances": [row[:4] for row in FRUITS]},
        {"instances": RECORDS},
        {"inputs": [row[:4] for row in FRUITS], "params": {}},
        {"inputs": BY_COLUMN},
    ):
        assert invoke(trained, body).json == expected, body
    assert table(trained, FRUIT_CSV).json == expected
    assert table(trained, "\ufeff" + FRUIT_CSV.replace("\n", "\r\n").replace("true", "True")).json == expected


def test_a_version_may_be_named(trained: Service) -> None:
    columns = {name: [cell] for name, cell in zip(NAMES, ROW, strict=True)}
    assert invoke(trained, {"inputs": columns}, "iris@1").json == {"predictions": ["setosa"]}


def test_values_are_scored_as_numbers_and_lists(service: Service) -> None:
    inline = {"inputs": [[row] for row in range(10)], "targets": [[row, -row] for row in range(10)]}
    service.train(name="two", data={"inline": inline}, training={"epochs": 1})
    answer = invoke(service, {"instances": [[1], [2]]}, "two").json
    assert answer == {"predictions": ours(service, [[1], [2]], "two")["predictions"]}


WRONG: list[tuple[Any, str]] = [
    ([], "#: the body is an object"),
    ({}, "#: takes exactly one of dataframe_split"),
    ({"instances": [[1]], "inputs": [[1]]}, "#: takes exactly one of"),
    ({"instance": [[1]]}, "#/instance: there is no such key here; did you mean 'instances'"),
    ({"instances": [[1, "rough", True, None]], "params": {"a": 1}}, "#/params"),
    ({"instances": []}, "#/instances: there must be"),
    ({"instances": None}, "#/instances: this cannot be null"),
    ({"instances": [[1, "rough", True, None], [1, "soft", True, None]]}, "#/instances/1/1: 'skin' knows"),
    ({"inputs": {}}, "#/inputs: takes one column"),
    ({"inputs": 1}, "#/inputs: instances is a list"),
    ({"inputs": {"grams": 1}}, "#/inputs/grams: takes a list"),
    ({"inputs": {"grams": [1, "2"]}}, "#/inputs/grams/1: 'grams' takes numbers"),
    ({"inputs": {"gram": [1]}}, "#/inputs/gram: the model knows no 'gram'; did you mean 'grams'"),
    ({"inputs": {"grams": [1], "skin": []}}, "#/inputs/skin: 'grams' has 1 rows"),
    ({"dataframe_records": [RECORDS[0], {"grams": "x"}]}, "#/dataframe_records/1/grams: 'grams' takes numbers"),
    ({"dataframe_records": [[1]]}, "#/dataframe_records: takes a list of records"),
    ({"dataframe_records": {}}, "#/dataframe_records: takes a list of records"),
    ({"dataframe_records": []}, "#/dataframe_records"),
    ({"dataframe_split": []}, "#/dataframe_split"),
    ({"dataframe_split": {"columns": ["grams"]}}, "#/dataframe_split/data: this is required"),
    ({"dataframe_split": {"columns": "grams", "data": [[1]]}}, "#/dataframe_split/columns: takes a list of names"),
    ({"dataframe_split": {"columns": [1], "data": [[1]]}}, "#/dataframe_split/columns: takes a list of names"),
    ({"dataframe_split": {"columns": ["grams", "grams"], "data": [[1, 2]]}}, "#/dataframe_split/columns/1: the column"),
    ({"dataframe_split": {"columns": ["kind", "gram"], "data": [[1, 1]]}}, "#/dataframe_split/columns/1: the model"),
    ({"dataframe_split": {"columns": ["grams"], "data": []}}, "#/dataframe_split/data: takes a list"),
    ({"dataframe_split": {"columns": ["grams"], "data": [[1], [1, 2], 3]}}, "data/1: a row has 1 cells"),
    ({"dataframe_split": {"columns": ["kind", "grams"], "data": [[1, 1], [1, True]]}}, "#/dataframe_split/data/1/1: "),
    ({"dataframe_split": {"columns": ["grams"], "data": [[1]], "extra": 1}}, "#/dataframe_split/extra"),
]
WRONG_TABLES: list[tuple[str | bytes, str]] = [
    ("", "#/columns: takes a line of names"),
    ("grams\n", "#/data: takes a list"),
    ("grams,skin\n1\n", "#/data/0: a row has 2 cells"),
    ("grams,skin\n1,rough\nx,rough\n", "#/data/1/0: 'grams' takes numbers"),
    ("grams\ninf\n", "#/data/0/0: 'grams' takes numbers"),
    ("grams\n1e999\n", "#/data/0/0: the number is not finite"),
    ("grams\n1_0\n", "#/data/0/0: 'grams' takes numbers"),
    ("ripe\nyes\n", "#/data/0/0: 'ripe' takes true and false"),
    ("grm\n1\n", "#/columns/0: the model knows no 'grm'"),
    ("grams,grams\n1,1\n", "#/columns/1: the column 'grams' is there twice"),
    (b"grams\n\xff\n", "the body is not UTF-8"),
    ('grams\n"1', "the body is not CSV"),
]


def test_what_is_wrong_is_said_with_its_place(trained: Service) -> None:
    for body, expected in WRONG:
        refused(invoke(trained, body), 400, expected)
    for text, expected in WRONG_TABLES:
        refused(table(trained, text), 400, expected)


def refused(answer: Any, status: int, expected: str) -> None:
    assert answer.status_code == status, (expected, answer.text)
    assert set(answer.json) == {"error_code", "message"}
    assert expected in answer.json["message"]


def test_errors_have_the_dialects_shape_whatever_refuses(trained: Service, guarded: Service, homeless: Service) -> None:
    post = trained.client.post
    at = "/invocations?model=fruit"
    refusals: list[tuple[Any, int, str]] = [
        (post(at, data="{", content_type="application/json"), 400, "BAD_REQUEST"),
        (post(at, data="{}", content_type="application/json"), 400, "INVALID_PARAMETER_VALUE"),
        (post(at, data="{}", content_type="text/plain"), 415, "BAD_REQUEST"),
        (post(at, data=b" " * 100_001, content_type="text/csv"), 413, "REQUEST_LIMIT_EXCEEDED"),
        (post("/invocations", json={}), 400, "INVALID_PARAMETER_VALUE"),
        (post("/invocations?model=fruit&modl=a", json={}), 400, "INVALID_PARAMETER_VALUE"),
        (invoke(trained, {"instances": [[1]]}, "none"), 404, "RESOURCE_DOES_NOT_EXIST"),
        (trained.get("/invocations"), 405, "BAD_REQUEST"),
        (invoke(guarded, {}), 401, "UNAUTHENTICATED"),
        (guarded.get("/version"), 401, "UNAUTHENTICATED"),
        (homeless.get("/ping"), 503, "TEMPORARILY_UNAVAILABLE"),
    ]
    for answer, status, code in refusals:
        assert (answer.status_code, answer.json["error_code"]) == (status, code), answer.text
        assert answer.json["message"]


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_the_server_is_well(guarded: Service, path: str) -> None:
    answer = guarded.get(path)
    assert (answer.status_code, answer.text) == (200, "\n")


def test_the_release_is_told(service: Service) -> None:
    assert service.get("/version").text == "0.1.0"
