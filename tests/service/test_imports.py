"""Models as files over HTTP: what an export gave comes back as it was, and no file that comes in does harm."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime
import pytest
import safetensors.numpy as safetensors
from sklearn.neural_network import MLPClassifier, MLPRegressor

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


@pytest.mark.parametrize("form", TYPES)
@pytest.mark.parametrize("is_named", [True, False])
def test_an_export_comes_back_as_the_same_model(
    service: Service, trained: dict[str, Any], form: str, is_named: bool
) -> None:
    media_type = TYPES[form] if is_named else "application/octet-stream"
    answer = imported(service, exported(service, form), media_type, "?name=second")
    assert answer.status_code == 201, answer.json["errors"]
    first, second = (service.get(f"/v1/models/{ref}").json for ref in ("first", "second"))
    assert answer.json == second
    assert answer.headers["Location"] == f"/v1/models/{second['id']}"
    for key in ("sha256", "spec", "features", "classes"):
        assert first[key] == second[key]
    assert (second["job"], second["metrics"], second["version"]) == (None, {}, 1)
    records = [{key: value for key, value in record.items() if key in first["features"]} for record in RECORDS[1:4]]
    assert predictions(service, "first", records) == predictions(service, "second", records)
    assert trained["model"]["id"] == first["id"]


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


X = np.random.RandomState(0).normal(size=(60, 3))
SCORE = X @ [1.0, -2.0, 0.5]
ESTIMATORS: dict[str, tuple[Any, Any]] = {
    "two classes": (MLPClassifier((5,), "tanh"), np.where(SCORE > 0, "yes", "no")),
    "three classes": (MLPClassifier((5, 4), "logistic"), np.digitize(SCORE, [-1, 1])),
    "labels": (MLPClassifier((5,), "relu"), np.stack([SCORE > 0, X[:, 0] > 0], axis=1).astype(int)),
    "value": (MLPRegressor(hidden_layer_sizes=(5,), activation="identity"), SCORE),
    "values": (MLPRegressor(hidden_layer_sizes=(), activation="relu"), np.stack([SCORE, X[:, 0]], axis=1)),
}


def attributes(estimator: Any) -> dict[str, Any]:
    found = {
        "coefs_": [w.tolist() for w in estimator.coefs_],
        "intercepts_": [b.tolist() for b in estimator.intercepts_],
        "activation": estimator.activation,
        "out_activation_": estimator.out_activation_,
    }
    return found | ({"classes_": estimator.classes_.tolist()} if hasattr(estimator, "classes_") else {})


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("what", ESTIMATORS)
def test_scikit_learns_networks_predict_here_as_there(service: Service, what: str) -> None:
    estimator, y = ESTIMATORS[what]
    estimator.set_params(max_iter=20, random_state=1, learning_rate_init=0.05).fit(X, y)
    answer = imported(service, json.dumps(attributes(estimator)).encode(), "application/json", "?name=theirs")
    assert answer.status_code == 201, answer.json["errors"]
    found, outputs, _ = predictions(service, "theirs", X.tolist())
    expected = estimator.predict(X)
    if isinstance(estimator, MLPRegressor):
        assert np.array(found) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    else:
        assert found == expected.tolist()
        assert np.array(outputs) == pytest.approx(estimator.predict_proba(X), rel=1e-12, abs=1e-15)
    again = imported(service, exported(service, "npz", "theirs"), query="?name=again")
    assert again.json["sha256"] == answer.json["sha256"]


def test_names_and_dtype_of_a_scikit_learn_network_are_kept(service: Service) -> None:
    body = {"coefs_": [[[1.0], [2.0]]], "intercepts_": [[0.5]], "activation": "relu"}
    body |= {"feature_names_in_": ["a", "b"], "target": "sum", "dtype": "float32", "name": "linear"}
    answer = service.post("/v1/models", body)
    assert (answer.json["name"], answer.json["features"]) == ("linear", ["a", "b"])
    assert (answer.json["spec"]["target"], answer.json["spec"]["training"]["dtype"]) == ("sum", "float32")
    assert predictions(service, "linear", [{"b": 1, "a": 2}])[0] == [4.5]


GOOD: dict[str, Any] = {
    "coefs_": [[[1.0, 2.0]], [[1.0], [2.0]]],
    "intercepts_": [[0.0, 0.0], [0.0]],
    "activation": "relu",
}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"coefs_": [[[1.0, 2.0]], [[1.0]]]}, "#/coefs_/1"),
        ({"coefs_": [[[1.0, 2.0]], [["1"], [2.0]]]}, "#/coefs_/1/0/0"),
        ({"coefs_": []}, "#/coefs_"),
        ({"intercepts_": [[0.0, 0.0]]}, "#/intercepts_"),
        ({"intercepts_": [[0.0, 0.0], [0.0, 0.0]]}, "#/intercepts_/1"),
        ({"activation": None}, "#/activation"),
        ({"activation": "sigmoid"}, "#/activation"),
        ({"out_activation_": "logistic"}, "#/classes_"),
        ({"out_activation_": "softmax", "classes_": ["a", "b"]}, "#/out_activation_"),
        ({"classes_": ["a", "a"]}, "#/classes_"),
        ({"classes_": ["a", 1]}, "#/classes_"),
        ({"out_activation_": "identity", "classes_": [0, 1]}, "#/classes_"),
        ({"feature_names_in_": ["a", "b"]}, "#/feature_names_in_"),
        ({"target": ["a", "b"]}, "#/target"),
        ({"loss": "log_loss"}, "#/loss"),
        ({"dtype": "float32", "coefs_": [[[1e300, 2.0]], [[1.0], [2.0]]]}, "#/w1"),
    ],
)
def test_what_is_wrong_with_a_scikit_learn_network_is_named(
    service: Service, changes: dict[str, Any], pointer: str
) -> None:
    assert refusal(service, json.dumps(GOOD | changes).encode(), "application/json")[0] == pointer


@pytest.fixture
def whole(service: Service) -> dict[str, Any]:
    """A small model as JSON, every kind of feature in it."""
    preprocessing = {"rare": 2, "unseen": "pooled"}
    network = {"hidden": [{"units": 2}]}
    job = {"name": "first", "data": DATA, "target": "value", "preprocessing": preprocessing, "network": network}
    service.train(**job, training={"epochs": 1})
    found: dict[str, Any] = json.loads(exported(service, "json"))
    return found


def changed(document: dict[str, Any], path: str, value: Any) -> bytes:
    *steps, last = path.split("/")
    at: Any = document
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[int(last) if isinstance(at, list) else last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("model", None, "#/model"),
        ("model/format", 2, "#/model/format"),
        ("model/name", "a/b", "#/model/name"),
        ("model/spec", {}, "#/model/spec/data"),
        ("model/spec/network/hidden", None, "#/model/spec/network/hidden"),
        ("model/spec/network/hidden/0/units", 3, "#/w1"),
        ("model/spec/network/hidden/0/units", -1, "#/model/spec/network/hidden/0/units"),
        ("model/spec/task", "classification", "#/model"),
        ("model/spec/training/dtype", "float64", "#/model"),
        ("model/encoding", {}, "#/model/encoding/format"),
        ("model/encoding/features", [], "#/model/encoding/features"),
        ("model/encoding/features/0/scale", 0, "#/model/encoding/features/0/scale"),
        ("model/encoding/features/0/offset", "1", "#/model/encoding/features/0/offset"),
        ("model/encoding/features/0/fill", "x", "#/model/encoding/features/0/fill"),
        ("model/encoding/features/0/categories", ["x"], "#/model/encoding/features/0"),
        ("model/encoding/features/1/categories", ["a", "a"], "#/model/encoding/features/1"),
        ("model/encoding/features/1/categories", ["a", True], "#/model/encoding/features/1"),
        ("model/encoding/features/1/fill", "nobody", "#/model/encoding/features/1"),
        ("model/encoding/features/1/name", "n", "#/model/encoding/features"),
        ("model/encoding/features/2/kind", "complex", "#/model/encoding/features/2/kind"),
        ("model/encoding/features/2/fill", 1, "#/model/encoding/features/2"),
        ("model/encoding/target/scales", [1.0, 1.0], "#/model/encoding/target"),
        ("model/encoding/target/scales", [0.0], "#/model/encoding/target/scales/0"),
        ("model/encoding/target/task", "classification", "#/model/encoding/target"),
        ("w1/0", [1.0], "#/w1/1"),
        ("w1/0/0", True, "#/w1"),
        ("w1/0/0", 1e39, "#/w1"),
        ("w1", "many", "#/w1"),
        ("b1", [[1.0, 2.0]], "#/b1"),
        ("b1", [1.0], "#/b1"),
        ("w3", [[1.0]], "#"),
    ],
)
def test_what_is_wrong_with_a_document_is_named(
    service: Service, whole: dict[str, Any], path: str, value: Any, pointer: str
) -> None:
    found, _ = refusal(service, changed(whole, path, value))
    assert found.startswith(pointer)


def test_a_network_larger_than_a_body_may_be_is_413_before_anything_is_read(
    service: Service, whole: dict[str, Any]
) -> None:
    hidden = [{"units": 10**6, "activation": "relu"}] * 100
    answer = imported(service, changed(whole, "model/spec/network/hidden", hidden))
    assert (answer.status_code, answer.json["code"]) == (413, "file_too_large")


def arrays(content: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(content)) as found:
        return dict(found)


def npz(named: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **named)
    return buffer.getvalue()


class Trap:
    """What would raise, if it were unpickled."""

    def __reduce__(self) -> Any:
        return eval, ("1 / 0",)


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        (lambda a: a | {"w1": np.array([Trap()], dtype=object)}, ("#/w1", "unsupported_type")),
        (lambda a: a | {"model": np.array([Trap()], dtype=object)}, ("#/model", "wrong_type")),
        (lambda a: a | {"model": np.array("{")}, ("#", "damaged")),
        (lambda a: a | {"model": np.zeros(3)}, ("#/model", "wrong_type")),
        (lambda a: {key: value for key, value in a.items() if key != "model"}, ("#/model", "required")),
        (lambda a: {key: value for key, value in a.items() if key != "w1"}, ("#", "wrong_keys")),
        (lambda a: a | {"w1": np.zeros((500, 500))}, ("#/w1", "wrong_shape")),
        (lambda a: a | {"w1": a["w1"].astype(complex)}, ("#/w1", "unsupported_type")),
        (lambda a: a | {"w1": a["w1"] * np.nan}, ("#/w1", "not_finite")),
        (lambda a: a | {"w9": np.zeros(3)}, ("#", "wrong_keys")),
    ],
)
def test_no_npz_does_harm(
    service: Service, whole: dict[str, Any], harm: Callable[[dict[str, Any]], dict[str, Any]], expected: tuple[str, str]
) -> None:
    assert whole
    assert refusal(service, npz(harm(arrays(exported(service, "npz"))))) == expected


def test_files_in_fortrans_order_and_of_other_widths_are_read(service: Service, whole: dict[str, Any]) -> None:
    found = arrays(exported(service, "npz"))
    found["w1"] = np.asfortranarray(found["w1"]).astype(">f8")
    assert whole
    answer = imported(service, npz(found))
    assert (answer.status_code, answer.json["name"]) == (200, "first")


@pytest.mark.parametrize("form", ["npz", "safetensors"])
def test_a_file_cut_short_anywhere_is_refused(service: Service, whole: dict[str, Any], form: str) -> None:
    content = exported(service, form)
    assert whole
    for length in [0, 1, 7, 8, 30, *range(100, len(content), max(1, len(content) // 25)), len(content) - 1]:
        answer = imported(service, content[:length], TYPES[form])
        assert answer.status_code == 422, length


def test_a_header_that_claims_more_than_there_is_is_refused(service: Service, whole: dict[str, Any]) -> None:
    assert whole
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(exported(service, "npz"))) as given, zipfile.ZipFile(buffer, "w") as made:
        for member in given.namelist():
            content = given.read(member)
            made.writestr(member, content[:-4] if member == "w1.npy" else content)
    assert refusal(service, buffer.getvalue()) == ("#", "damaged")
    claim = (2**40).to_bytes(8, "little") + b"{}"
    assert refusal(service, claim, TYPES["safetensors"]) == ("#", "damaged")


def test_a_safetensors_file_of_something_else_is_told_what_is_missing(service: Service) -> None:
    assert refusal(service, safetensors.save({"w1": np.zeros(3, "f4")})) == ("#/model", "required")


def test_a_model_without_a_name_other_types_and_json_that_is_none(service: Service) -> None:
    answer = service.post("/v1/models", GOOD)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "?name")
    assert imported(service, b"cnumpy\n", "application/x-pickle").status_code == 415
    assert imported(service, b'{"w1": NaN}', "application/json").status_code == 400
    assert imported(service, b"[]", "application/json").status_code == 422
    assert imported(service, b"", "application/json").status_code == 400
