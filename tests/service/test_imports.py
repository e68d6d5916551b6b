"""Models as files over HTTP: what an export gave comes back as it was, and no file that comes in does harm."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import onnxruntime
import pytest
import safetensors.numpy as safetensors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.harness import Service

TYPES = {"json": "application/json", "npz": "application/x-npz", "safetensors": "application/x-safetensors"}
ROWS = [
    [row, "abc"[row % 3] if row % 4 else None, row % 2 == 0, f"2030-01-{row + 1:02}", row / 7, row % 3 == 0]
    for row in range(20)
]
COLUMNS = ["n", "text", "flag", "at", "value", "other"]
DATA = {"inline": {"columns": COLUMNS, "rows": ROWS}}
RECORDS = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
JOBS: dict[str, dict[str, Any]] = {
    "classes": {"target": "text", "split": {"validation": 3}, "features": ["n", "flag", "at", "value"]},
    "labels": {"target": ["flag", "other"]},
    "values": {"target": ["value", "n"], "preprocessing": {"numeric": "quantile", "categorical": "ordinal"}},
    "normalized": {
        "target": "value",
        "network": {"hidden": [{"units": 3, "activation": "leaky_relu", "batch_norm": True}], "bias": False},
        "preprocessing": {"missing": "constant", "indicators": True, "rare": 2, "unseen": "pooled"},
    },
    "double": {"target": "flag", "training": {"dtype": "float64", "epochs": 1}},
}


@pytest.fixture(params=JOBS)
def trained(service: Service, request: pytest.FixtureRequest) -> dict[str, Any]:
    rows = [[*row[:1], row[1] or "d", *row[2:]] for row in ROWS] if request.param == "classes" else ROWS
    body = json.dumps({"columns": COLUMNS, "rows": rows})
    uploaded: Any = service.client.post("/v1/datasets", data=body, content_type="application/json")
    assert [column["kind"] for column in uploaded.json["columns"]][3] == "datetime"
    data = {"dataset": uploaded.json["id"]}
    shown: dict[str, Any] = service.train(
        **{"name": "first", "data": data, "training": {"epochs": 2}} | JOBS[request.param]
    )
    return shown


def exported(service: Service, form: str, ref: str = "first") -> bytes:
    answer = service.get(f"/v1/models/{ref}/weights?format={form}&whole=true")
    assert (answer.status_code, answer.mimetype) == (200, TYPES[form])
    content: bytes = answer.data
    return content


def imported(service: Service, content: bytes, media_type: str = "application/octet-stream", query: str = "") -> Any:
    return service.client.post(f"/v1/models{query}", data=content, content_type=media_type)


def predictions(service: Service, ref: str, instances: Any) -> Any:
    answer = service.post(f"/v1/models/{ref}/predict", {"instances": instances})
    assert answer.status_code == 200, answer.json["errors"]
    return answer.json["predictions"], answer.json["outputs"], answer.json["classes"]


def refusal(service: Service, content: bytes, media_type: str = "application/octet-stream") -> tuple[str, str]:
    answer = imported(service, content, media_type, "?name=bad")
    assert answer.status_code == 422, answer.json
    error = answer.json["errors"][0]
    assert error["detail"]
    assert service.get("/v1/models?name=bad").json["data"] == [], "nothing is left of what is refused"
    return error["pointer"], error["code"]


def test_an_export_comes_back_as_the_same_model(service: Service, trained: dict[str, Any]) -> None:
    first = service.get("/v1/models/first").json
    assert trained["model"]["id"] == first["id"]
    records = [{key: value for key, value in record.items() if key in first["features"]} for record in RECORDS[1:4]]
    expected = predictions(service, "first", records)
    for form, media_type in TYPES.items():
        for kind in (media_type, "application/octet-stream"):
            answer = imported(service, exported(service, form), kind, f"?name={form}")
            assert answer.status_code == (201 if kind == media_type else 200), answer.json["errors"]
        second = service.get(f"/v1/models/{form}").json
        assert answer.json == second
        assert answer.headers["Location"] == f"/v1/models/{second['id']}"
        assert all(first[key] == second[key] for key in ("sha256", "spec", "features", "classes"))
        assert (second["job"], second["metrics"], second["version"]) == (None, {}, 1)
        assert predictions(service, form, records) == expected


def test_the_same_model_again_is_the_same_version_and_another_one_the_next(service: Service) -> None:
    service.train(name="first", data={"builtin": "xor"}, training={"epochs": 1})
    content = exported(service, "npz")
    again = imported(service, content)
    assert (again.status_code, again.json["job"]) == (200, service.get("/v1/models/first").json["job"])
    assert imported(service, content, query="?name=other").status_code == 201
    assert imported(service, exported(service, "json"), query="?name=other").status_code == 200
    service.train(name="first", data={"builtin": "xor"}, training={"epochs": 2})
    answer = imported(service, exported(service, "npz"), query="?name=other")
    assert (answer.status_code, answer.json["version"]) == (201, 2)


def test_an_imported_model_is_exported_deleted_and_begun_from_as_any(service: Service) -> None:
    service.train(name="first", data={"builtin": "xor"}, training={"epochs": 1})
    imported(service, exported(service, "safetensors"), query="?name=second")
    assert exported(service, "npz", "second").startswith(b"PK")
    job = service.train(data={"builtin": "xor"}, network={"start_from": "second"}, training={"epochs": 1})
    assert job["spec"]["network"]["start_from"] == service.get("/v1/models/second").json["id"]
    assert service.client.delete("/v1/models/second").status_code == 204


def test_plain_weights_hold_the_parameters_alone_and_safetensors_the_document_too(service: Service) -> None:
    service.train(name="first", data={"builtin": "xor"}, training={"epochs": 1})
    plain = service.get("/v1/models/first/weights").json
    assert list(plain) == ["w1", "b1", "w2", "b2"]
    answer = service.get("/v1/models/first/weights?format=safetensors")
    tensors = safetensors.load(answer.data)
    assert {name: values.tolist() for name, values in tensors.items()} == plain
    assert answer.headers["ETag"] == f'"{service.get("/v1/models/first").json["sha256"]}"'
    assert imported(service, answer.data).status_code == 200


def test_an_onnx_file_predicts_elsewhere_what_the_service_does_and_cannot_come_in(service: Service) -> None:
    service.train(name="flowers", data={"builtin": "iris"}, training={"epochs": 5})
    answer = service.get("/v1/models/flowers/weights?format=onnx")
    assert (answer.status_code, answer.mimetype) == (200, "application/x-onnx")
    assert answer.headers["ETag"] == f'"{service.get("/v1/models/flowers").json["sha256"]}"'
    session = onnxruntime.InferenceSession(answer.data, providers=["CPUExecutionProvider"])
    rows = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.1, 5.6, 2.4]]
    found, outputs = session.run(["predictions", "outputs"], {"inputs": np.array(rows)})
    expected = predictions(service, "flowers", rows)
    assert found.tolist() == expected[0]
    assert outputs == pytest.approx(np.array(expected[1]), rel=1e-5, abs=1e-6)
    assert imported(service, answer.data, "application/x-onnx").status_code == 415
    assert refusal(service, answer.data) == ("#", "damaged")


def test_what_onnx_has_no_words_for_is_422_and_json_has(service: Service) -> None:
    rows = {"columns": ["at", "y"], "rows": [[f"2030-01-{row + 1:02}", row] for row in range(9)]}
    uploaded: Any = service.client.post("/v1/datasets", data=json.dumps(rows), content_type="application/json")
    service.train(name="late", data={"dataset": uploaded.json["id"]}, target="y", training={"epochs": 1})
    answer = service.get("/v1/models/late/weights?format=onnx")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "?format")
    assert "'at'" in answer.json["errors"][0]["detail"]
    assert exported(service, "json", "late")


def test_names_and_dtype_of_a_scikit_learn_network_are_kept(service: Service) -> None:
    body = {"coefs_": [[[1.0], [2.0]]], "intercepts_": [[0.5]], "activation": "relu"}
    body |= {"feature_names_in_": ["a", "b"], "target": "sum", "dtype": "float32", "name": "linear"}
    answer = service.post("/v1/models", body)
    assert (answer.json["name"], answer.json["features"]) == ("linear", ["a", "b"])
    assert (answer.json["spec"]["target"], answer.json["spec"]["training"]["dtype"]) == ("sum", "float32")
    assert predictions(service, "linear", [{"b": 1, "a": 2}])[0] == [4.5]


JOB: dict[str, Any] = {
    "name": "first",
    "data": DATA,
    "target": "value",
    "preprocessing": {"rare": 2, "unseen": "pooled"},
    "network": {"hidden": [{"units": 2}]},
    "training": {"epochs": 1},
}
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(document: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document but its long lists of numbers."""
    keys = (
        document if isinstance(document, dict) else range(min(len(document), 2)) if isinstance(document, list) else ()
    )
    for key in keys:
        yield (*steps, key)
        yield from places(document[key], (*steps, key))


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 1, -1, 0.5, 1e308, 2**70, "", "x", "numeric", [], {}, [1], [[]], ["a"], {"a": 1}, [None]]
)


@FEW
@given(data=st.data())
def test_no_document_makes_a_model_that_fails(service: Service, data: st.DataObject) -> None:
    if not service.get("/v1/models?name=first").json["data"]:
        service.train(**JOB)
    document = json.loads(exported(service, "json"))
    del document["model"]["sha256"]
    for _ in range(data.draw(st.integers(1, 2))):
        *steps, last = data.draw(st.sampled_from([*places(document)]))
        at = document
        for step in steps:
            at = at[step]
        at[last] = deepcopy(data.draw(JUNK))
    answer = imported(service, json.dumps(document).encode(), query="?name=junk")
    assert answer.status_code < 500
    if answer.status_code < 300:
        for record in RECORDS[:3]:
            path = f"/v1/models/{answer.json['id']}/predict"
            assert service.post(path, {"instances": [record]}).status_code < 500
        for form in ("json", "npz", "onnx"):
            assert service.get(f"/v1/models/{answer.json['id']}/weights?format={form}&whole=true").status_code < 500


def test_what_is_wrong_is_named_by_its_place_in_the_body(service: Service) -> None:
    service.train(**JOB)
    document = json.loads(exported(service, "json"))
    document["model"]["encoding"]["features"][0]["scale"] = 0
    place = "#/model/encoding/features/0/scale"
    assert refusal(service, json.dumps(document).encode()) == (place, "out_of_range")
    document["model"]["encoding"]["features"][0]["scale"] = 1
    document["model"]["spec"]["network"]["hidden"] = [{"units": 10**6, "activation": "relu"}] * 100
    answer = imported(service, json.dumps(document).encode())
    assert (answer.status_code, answer.json["code"]) == (413, "file_too_large")


UNNAMED = {"coefs_": [[[1.0]]], "intercepts_": [[0.0]], "activation": "relu"}


def test_a_model_without_a_name_other_types_and_json_that_is_none(service: Service) -> None:
    answer = service.post("/v1/models", UNNAMED)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "?name")
    assert imported(service, b"cnumpy\n", "application/x-pickle").status_code == 415
    assert imported(service, b'{"w1": NaN}', "application/json").status_code == 400
    assert imported(service, b"[]", "application/json").status_code == 422
    assert imported(service, b"", "application/json").status_code == 400
