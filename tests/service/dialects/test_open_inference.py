"""The Open Inference Protocol: what servers and models tell of themselves, and inference, to our own bits."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.service.dialects.conftest import COLUMNS, FRUITS, ROW, ours
from tests.service.harness import Service

INFER = "/v2/models/iris/infer"


def matrix(rows: Any, datatype: str = "FP32", **more: Any) -> dict[str, Any]:
    """A request for these rows of numbers."""
    return {
        "inputs": [{"name": "inputs", "shape": [len(rows), len(rows[0])], "datatype": datatype, "data": rows, **more}]
    }


def fruits() -> dict[str, Any]:
    """A request for fruits, column by column."""
    kinds = {"grams": "FP64", "skin": "BYTES", "ripe": "BOOL", "picked": "BYTES"}
    columns: dict[str, Any] = {name: [row[place] for row in FRUITS] for place, name in enumerate(COLUMNS[:4])}
    return {
        "inputs": [
            {"name": name, "shape": [5], "datatype": kinds[name], "data": cells} for name, cells in columns.items()
        ]
    }


def tensor(size: Any, name: str = "inputs", shape: Any = (1, 4), datatype: str = "FP32") -> dict[str, Any]:
    return {"inputs": [{"name": name, "shape": shape, "datatype": datatype, "parameters": {"binary_data_size": size}}]}


def outputs(answer: Any) -> Mapping[str, Any]:
    assert answer.status_code == 200, answer.json
    return {output["name"]: output for output in answer.json["outputs"]}


def binary(service: Service, head: Any, *behind: bytes, path: str = INFER) -> Any:
    content = json.dumps(head).encode()
    headers = {"Inference-Header-Content-Length": str(len(content))}
    return service.client.post(path, data=b"".join([content, *behind]), headers=headers)


def test_the_server_tells_of_itself(service: Service) -> None:
    assert service.get("/v2").json["extensions"] == ["binary_tensor_data", "model_repository"]
    assert service.get("/v2/health/live").json == {"live": True}
    assert service.get("/v2/health/ready").json == {"ready": True}


def test_a_server_without_a_database_is_not_ready(homeless: Service) -> None:
    answer = homeless.get("/v2/health/ready")
    assert (answer.status_code, answer.json) == (503, {"ready": False})


def test_a_model_of_numbers_takes_one_tensor(trained: Service) -> None:
    told = trained.get("/v2/models/iris").json
    assert (told["name"], told["versions"]) == ("iris", ["1"])
    assert told["inputs"] == [{"name": "inputs", "datatype": "FP32", "shape": [-1, 4]}]
    assert told["outputs"] == [
        {"name": "predictions", "datatype": "BYTES", "shape": [-1]},
        {"name": "outputs", "datatype": "FP32", "shape": [-1, 3]},
    ]


def test_a_mixed_model_takes_a_tensor_a_column(trained: Service) -> None:
    told = trained.get("/v2/models/fruit/versions/1").json
    kinds = {"grams": "FP64", "skin": "BYTES", "ripe": "BOOL", "picked": "BYTES"}
    assert told["inputs"] == [{"name": name, "datatype": kind, "shape": [-1]} for name, kind in kinds.items()]


def test_models_and_versions_are_ready_or_not_there(trained: Service) -> None:
    for path in ("/v2/models/iris/ready", "/v2/models/iris/versions/1/ready"):
        assert trained.get(path).json == {"name": "iris", "ready": True}
    for path in ("/v2/models/none/ready", "/v2/models/iris/versions/2/ready", "/v2/models/iris/versions/2", "/v2/no"):
        answer = trained.get(path)
        assert answer.status_code == 404
        assert set(answer.json) == {"error"}


def test_an_alias_names_a_model_too(trained: Service) -> None:
    trained.client.put("/v1/models/iris/aliases/champion", json={"version": 1})
    for path in ("/v2/models/iris@champion", "/v2/models/iris/versions/champion"):
        assert trained.get(path).json["name"] == "iris"
    assert trained.post("/v2/models/iris@champion/infer", matrix([ROW])).json["model_version"] == "1"


def test_the_repository_lists_every_version(trained: Service) -> None:
    trained.train(name="iris", data={"builtin": "iris"}, training={"epochs": 1})
    for body in (None, {}, {"ready": True}):
        listed = trained.post("/v2/repository/index", body).json if body is not None else index_without_body(trained)
        assert [(one["name"], one["version"], one["state"]) for one in listed] == [
            ("fruit", "1", "READY"),
            ("iris", "2", "READY"),
            ("iris", "1", "READY"),
        ]


def index_without_body(service: Service) -> Any:
    return service.client.post("/v2/repository/index").json


def test_rows_are_inferred_to_our_own_bits(trained: Service) -> None:
    rows: list[list[Any]] = [ROW, [6.7, 3.1, 5.6, 2.4], [1, 2, None, 4]]
    expected = ours(trained, [[*map(as_float32, row)] for row in rows])
    flat = [cell for row in rows for cell in row]
    for data in (rows, flat):
        answer = trained.post(INFER, {"id": "a", **matrix(rows, data=data)})
        assert {key: answer.json[key] for key in ("model_name", "model_version", "id")} == {
            "model_name": "iris",
            "model_version": "1",
            "id": "a",
        }
        found = outputs(answer)
        assert found["predictions"] | {"data": expected["predictions"]} == found["predictions"]
        assert found["outputs"]["shape"] == [3, 3]
        assert np.reshape(found["outputs"]["data"], (3, 3)).tolist() == expected["outputs"]


def as_float32(cell: float | None) -> float | None:
    return None if cell is None else float(np.float32(cell))


@pytest.mark.parametrize("datatype", ["FP64", "FP32", "FP16", "INT64", "INT8", "UINT8", "UINT32"])
def test_numbers_of_every_kind_are_taken_in_json_and_as_bytes(trained: Service, datatype: str) -> None:
    dtype = {"FP": "<f", "IN": "<i", "UI": "<u"}[datatype[:2]] + str(int(datatype.lstrip("FPINTU")) // 8)
    rows = np.array([[5, 3, 1, 0], [6, 3, 5, 2]], dtype)
    expected = ours(trained, rows.tolist())["outputs"]
    assert np.reshape(
        outputs(trained.post(INFER, matrix(rows.tolist(), datatype)))["outputs"]["data"], (2, 3)
    ).tolist() == (expected)
    head = {
        "inputs": [
            {"name": "inputs", "shape": [2, 4], "datatype": datatype, "parameters": {"binary_data_size": rows.nbytes}}
        ]
    }
    assert np.reshape(outputs(binary(trained, head, rows.tobytes()))["outputs"]["data"], (2, 3)).tolist() == expected


def test_columns_with_gaps_are_inferred_as_records_are(trained: Service) -> None:
    expected = ours(trained, [row[:4] for row in FRUITS], "fruit")
    found = outputs(trained.post("/v2/models/fruit/versions/1/infer", fruits()))
    assert found["predictions"]["data"] == expected["predictions"]
    assert np.reshape(found["outputs"]["data"], (5, 2)).tolist() == expected["outputs"]


def test_a_column_left_out_is_missing_and_the_target_counts_for_nothing(trained: Service) -> None:
    one = [{"name": "skin", "shape": [1, 1], "datatype": "BYTES", "data": [["rough"]]}]
    target = [{"name": "kind", "shape": [1], "datatype": "BYTES", "data": ["?"]}]
    expected = ours(trained, [{"skin": "rough"}], "fruit")["outputs"]
    for inputs in (one, one + target):
        found = outputs(trained.post("/v2/models/fruit/infer", {"inputs": inputs}))
        assert [found["outputs"]["data"]] == expected


def test_outputs_come_as_bytes_where_they_are_wanted_so(trained: Service) -> None:
    expected = ours(trained, [[*map(as_float32, ROW)]])
    for wanted in (
        {"parameters": {"binary_data_output": True}},
        {"outputs": [{"name": name, "parameters": {"binary_data": True}} for name in ("predictions", "outputs")]},
    ):
        answer = trained.post(INFER, matrix([ROW]) | wanted)
        assert answer.mimetype == "application/octet-stream"
        size = int(answer.headers["Inference-Header-Content-Length"])
        head, behind = json.loads(answer.data[:size]), answer.data[size:]
        assert [output["parameters"]["binary_data_size"] for output in head["outputs"]] == [10, 12]
        assert behind[:10] == struct.pack("<I", 6) + b"setosa"
        assert np.frombuffer(behind[10:], "<f4").tolist() == expected["outputs"][0]


def test_one_output_may_be_wanted(trained: Service) -> None:
    answer = trained.post(INFER, matrix([ROW]) | {"outputs": [{"name": "outputs"}]})
    assert list(outputs(answer)) == ["outputs"]


@pytest.mark.parametrize(
    ("labels", "datatype"), [([3, 5], "INT64"), ([True, False], "BOOL"), ([0.5, 1.5], "FP64"), (["a", "b"], "BYTES")]
)
def test_predictions_have_the_datatype_of_the_classes(service: Service, labels: list[Any], datatype: str) -> None:
    rows = [[row, labels[row % 2]] for row in range(20)]
    inline = {"columns": ["x", "y"], "rows": rows}
    service.train(name="m", data={"inline": inline}, target="y", task="classification", training={"epochs": 1})
    assert service.get("/v2/models/m").json["outputs"][0]["datatype"] == datatype
    found = outputs(service.post("/v2/models/m/infer", matrix([[1]])))["predictions"]
    assert found["data"] == ours(service, [[1]], "m")["predictions"]
    answer = service.post("/v2/models/m/infer", matrix([[1]]) | {"parameters": {"binary_data_output": True}})
    assert answer.status_code == 200


def test_values_and_labels_are_inferred_too(service: Service) -> None:
    inline = {"inputs": [[row] for row in range(10)], "targets": [[row, -row] for row in range(10)]}
    service.train(name="two", data={"inline": inline}, training={"epochs": 1})
    found = outputs(service.post("/v2/models/two/infer", matrix([[1], [2]], "FP64")))["predictions"]
    assert (found["datatype"], found["shape"]) == ("FP64", [2, 2])
    assert np.reshape(found["data"], (2, 2)).tolist() == ours(service, [[1], [2]], "two")["predictions"]
    rows = [[row, row % 2 == 0, row % 3 == 0] for row in range(12)]
    labels = {"inline": {"columns": ["x", "even", "third"], "rows": rows}}
    service.train(name="labels", data=labels, target=["even", "third"], training={"epochs": 1})
    found = outputs(service.post("/v2/models/labels/infer", matrix([[1], [2]])))["predictions"]
    assert (found["datatype"], found["shape"]) == ("BOOL", [2, 2])


WRONG: list[tuple[Any, str]] = [
    ([], "#: the body is an object"),
    ({}, "#/inputs: this is required"),
    ({"inputs": []}, "#/inputs: takes 1 to"),
    ({"inputs": {}}, "#/inputs: takes a list"),
    ({"inputs": [{}]}, "#/inputs/0/name"),
    (matrix([ROW], "FP128"), "#/inputs/0/datatype"),
    (matrix([ROW], "BYTES"), "#/inputs/0/data/0/0: this is no BYTES"),
    (matrix([["a", "b"]], "BYTES"), "#/inputs/0/datatype: this takes numbers"),
    (matrix([[1, 2, 3]]), "#/inputs/0/data: this takes numbers shaped [at least 1, 4]"),
    (matrix([ROW, [1, 2, "3", 4]]), "#/inputs/0/data/1/2: this is no FP32"),
    (matrix([[1, 2, True, 4]]), "#/inputs/0/data/0/2: this is no FP32"),
    (matrix([ROW, [1, 2, 1e39, 4]]), "#/inputs/0/data/1/2: the number is beyond FP32"),
    (matrix([[1, 2, 1.5, 4]], "INT8"), "#/inputs/0/data/0/2: this is no INT8"),
    (matrix([[1, 2, 128, 4]], "INT8"), "#/inputs/0/data/0/2: the number is beyond INT8"),
    (matrix([[1, 2, 10**300, 4]], "FP64"), "#/inputs/0/data/0/2: the number is too large for float32"),
    (matrix([ROW], shape=[2, 4]), "#/inputs/0/data: data holds 8 elements"),
    (matrix([ROW], shape=[4]), "#/inputs/0/data: data holds 4"),
    (matrix([ROW], shape=[1, 2, 2]), "#/inputs/0/shape"),
    (matrix([ROW], shape=[-1, 4]), "#/inputs/0/shape/0"),
    (matrix([ROW], shape=[0, 4], data=[]), "#/inputs/0/data: this takes numbers shaped [at least 1, 4]"),
    (matrix([ROW], shape=[2**31, 2**31]), "#/inputs/0/data: data holds"),
    (matrix([ROW], data={}), "#/inputs/0/data: data is a list"),
    (matrix([ROW], data=None), "#/inputs/0/data: this cannot be null"),
    (matrix([ROW], data=[ROW, 1]), "#/inputs/0/data: data holds 4"),
    (matrix([ROW], name="input"), "#/inputs/0/name: the model takes one input, 'inputs'"),
    (matrix([ROW], nam="input"), "#/inputs/0/nam: there is no such key here; did you mean 'name'"),
    (matrix([ROW]) | {"outputs": [{"name": "output"}]}, "#/outputs/0/name"),
    (matrix([ROW]) | {"outputs": [{"name": "outputs", "parameters": {"binary_data": 1}}]}, "#/outputs/0/parameters"),
    (matrix([ROW]) | {"parameters": {"binary_data_output": "yes"}}, "#/parameters/binary_data_output"),
    ({"inputs": matrix([ROW])["inputs"] * 2}, "#/inputs/1/name: 'inputs' is there twice"),
    ({"inputs": [{"name": "inputs", "shape": [1, 4], "datatype": "FP32"}]}, "#/inputs/0: give data"),
]


def test_what_is_wrong_is_said_with_its_place(trained: Service) -> None:
    for body, expected in WRONG:
        refused(trained.post(INFER, body), expected)


def refused(answer: Any, expected: str) -> None:
    assert answer.status_code == 400, expected
    assert set(answer.json) == {"error"}
    assert expected in answer.json["error"]


def spoilt(column: int, **changes: Any) -> dict[str, Any]:
    """A request for fruits, with one of its columns changed."""
    request = fruits()
    request["inputs"][column] |= changes
    return request


WRONG_COLUMNS: list[tuple[Any, str]] = [
    (spoilt(1, data=["smooth", "smooth", "rough", "soft", None]), "#/inputs/1/data/3: 'skin' knows"),
    (spoilt(3, data=["2030-01-01", "x", None, None, None]), "#/inputs/3/data/1: 'picked' takes a date"),
    (spoilt(1, datatype="INT8", data=[1, 2, 3, 4, 5]), "#/inputs/1/data/0: 'skin' takes texts"),
    (spoilt(0, datatype="BOOL", data=[True] * 5), "#/inputs/0/data/0: 'grams' takes numbers"),
    (spoilt(1, shape=[4], data=["rough"] * 4), "#/inputs/1/data: 'grams' has 5 rows, 'skin' has 4"),
    (spoilt(1, shape=[1, 5]), "#/inputs/1/shape: a column is [rows]"),
    (spoilt(1, name="skn"), "#/inputs/1/data: the model knows no 'skn'; did you mean 'skin'?"),
    ({"inputs": [{"name": "kind", "shape": [1], "datatype": "BYTES", "data": ["?"]}]}, "#/inputs: there is none"),
    ({"inputs": [{"name": "skin", "shape": [0], "datatype": "BYTES", "data": []}]}, "at least one row"),
]


def test_what_is_wrong_with_a_column_is_said_at_that_column(trained: Service) -> None:
    for body, expected in WRONG_COLUMNS:
        refused(trained.post("/v2/models/fruit/infer", body), expected)


WRONG_BYTES: list[tuple[Any, bytes, str]] = [
    (tensor(16), b"\0" * 15, "#/inputs/0: give data"),
    (tensor(16), b"\0" * 17, "1 bytes belong to no input"),
    (tensor(12), b"\0" * 12, "takes 16 bytes, not 12"),
    (tensor(-1), b"", "#/inputs/0: give data"),
    (tensor(True), b"\0", "#/inputs/0: give data"),
    (tensor(2**70), b"\0", "#/inputs/0: give data"),
    (tensor(0, shape=[2**31, 2**31]), b"", "takes 18446744073709551616 bytes"),
    (tensor(16), np.array([1, np.inf, 2, 3], "<f4").tobytes(), "#/inputs/0/data/0/1: the number is not finite"),
    (tensor(5, "skin", [1], "BYTES"), b"\1\0\0\0a", "the model takes one input"),
    (tensor(5, "skin", [1], "BYTES"), b"\2\0\0\0a", "the bytes are not 1 elements"),
    (tensor(3, "skin", [1], "BYTES"), b"\2\0\0", "the bytes are not 1 elements"),
    (tensor(8, "skin", [1], "BYTES"), b"\0" * 8, "the bytes are not 1 elements"),
    (tensor(5, "skin", [1], "BYTES"), b"\1\0\0\0\xff", "#/inputs/0/data/0: the text is not UTF-8"),
]


def test_bytes_that_do_not_fit_are_refused(trained: Service) -> None:
    for head, behind, expected in WRONG_BYTES:
        refused(binary(trained, head, behind), expected)


def test_a_header_that_is_no_length_is_refused(trained: Service) -> None:
    for length in ("", "-1", "a", "1e3", "9" * 20, "1000000", "\xb2"):
        headers = {"Inference-Header-Content-Length": length}
        refused(trained.client.post(INFER, data=b"{}", headers=headers), "Inference-Header-Content-Length")


def test_errors_have_the_dialects_shape_whatever_refuses(trained: Service, guarded: Service) -> None:
    refusals: list[tuple[Any, int]] = [
        (trained.client.post(INFER, data=b"{"), 400),
        (trained.client.post(INFER, data=b'{"inputs": NaN}'), 400),
        (trained.client.post(INFER, data=b"{}", headers={"Content-Encoding": "gzip"}), 415),
        (trained.client.post(INFER, data=b" " * 100_001), 413),
        (trained.get(INFER), 405),
        (trained.get("/v2/models/iris?a=1"), 400),
        (guarded.post(INFER, {}), 401),
        (guarded.get("/v2"), 401),
    ]
    for answer, status in refusals:
        assert answer.status_code == status
        assert set(answer.json) == {"error"}
    assert guarded.get("/v2/health/ready").status_code == 200
