"""TensorFlow Serving's and KServe's `:predict`: by rows and by columns, as plain curl sends it."""

import json
import tomllib
from pathlib import Path
from typing import Any

from service.dialects import RELEASE
from tests.service.dialects.conftest import COLUMNS, FRUITS, NAMES, ROW, ours
from tests.service.harness import Service


def predict(service: Service, body: Any, of: str = "iris") -> Any:
    """As `curl -d` sends it, which calls everything a form."""
    kind = "application/x-www-form-urlencoded"
    return service.client.post(f"/v1/models/{of}:predict", data=json.dumps(body), content_type=kind)


def test_rows_and_records_give_predictions(trained: Service) -> None:
    expected = {"predictions": ours(trained, [ROW])["predictions"]}
    for instances in ([ROW], [dict(zip(NAMES, ROW, strict=True))]):
        for of in ("iris", "iris/versions/1", "iris@1"):
            assert predict(trained, {"instances": instances}, of).json == expected
            assert predict(trained, {"signature_name": "serving_default", "instances": instances}, of).json == expected


def test_columns_give_outputs(trained: Service) -> None:
    expected = {"outputs": ours(trained, [row[:4] for row in FRUITS], "fruit")["predictions"]}
    columns = {name: [row[place] for row in FRUITS] for place, name in enumerate(COLUMNS)}
    assert predict(trained, {"inputs": columns}, "fruit").json == expected
    assert predict(trained, {"inputs": [row[:4] for row in FRUITS]}, "fruit").json == expected


def test_a_signature_asks_for_another_part(trained: Service) -> None:
    expected = trained.post("/v1/models/iris/predict", {"instances": [ROW], "return": ["outputs", "logits"]}).json
    for part in ("outputs", "logits"):
        assert predict(trained, {"signature_name": part, "instances": [ROW]}).json == {"predictions": expected[part]}


def test_a_version_is_available_or_not_there(trained: Service) -> None:
    (status,) = trained.get("/v1/models/iris/versions/1").json["model_version_status"]
    assert (status["version"], status["state"]) == ("1", "AVAILABLE")
    answer = trained.get("/v1/models/iris/versions/2")
    assert (answer.status_code, set(answer.json)) == (404, {"error"})


WRONG: list[tuple[Any, str]] = [
    ({}, "#: takes exactly one of instances, inputs"),
    ({"instances": [ROW], "inputs": [ROW]}, "#: takes exactly one of instances, inputs"),
    ({"instances": ROW}, "#/instances/0: each instance is a list"),
    ({"instances": {"a": [1]}}, "#/instances: instances is a list"),
    ({"instances": [ROW, [1, 2, "3", 4]]}, "#/instances/1/2: 'petal length (cm)' takes numbers"),
    ({"inputs": {NAMES[0]: [1, None, "a"]}}, "#/inputs/sepal%20length%20(cm)/2: 'sepal length (cm)' takes numbers"),
    ({"instances": [ROW], "signature_name": "serve"}, "#/signature_name"),
    ({"instance": [ROW]}, "#/instance: there is no such key"),
    ([], "#: takes an object"),
]


def test_what_is_wrong_is_said_with_its_place(trained: Service) -> None:
    for body, expected in WRONG:
        answer = predict(trained, body)
        assert (answer.status_code, set(answer.json)) == (400, {"error"}), body
        assert expected in answer.json["error"], body


def test_errors_have_the_dialects_shape_whatever_refuses(trained: Service, guarded: Service) -> None:
    for answer, status in (
        (predict(trained, {"instances": [ROW]}, "none"), 404),
        (predict(trained, {"instances": [ROW]}, "iris/versions/9"), 404),
        (predict(guarded, {"instances": [ROW]}), 401),
        (trained.client.post("/v1/models/iris:predict", data=b"{"), 400),
        (trained.client.post("/v1/models/iris:predict", data=b" " * 100_001), 413),
        (trained.get("/v1/models/iris:predict"), 404),
    ):
        assert answer.status_code == status, answer.text


def test_a_models_own_address_is_still_ours(trained: Service) -> None:
    assert trained.get("/v1/models/iris").json["version"] == 1


def test_the_release_is_the_projects() -> None:
    assert tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"] == RELEASE
