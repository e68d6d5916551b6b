"""Predictions over HTTP: raw rows and records in, labels and numbers out, and never a 500 for what comes in."""

from typing import Any

import numpy as np
import pytest

from tests.service.harness import Service

IRIS: dict[str, Any] = {"name": "iris", "data": {"builtin": "iris"}, "training": {"epochs": 30}}
ROW = [5.1, 3.5, 1.4, 0.2]
NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture
def trained(service: Service) -> Service:
    service.train(**IRIS)
    return service


def predict(service: Service, instances: Any, ref: str = "iris", wanted: tuple[str, ...] | None = None) -> Any:
    body = {"instances": instances} | ({} if wanted is None else {"return": wanted})
    return service.post(f"/v1/models/{ref}/predict", body)


def test_a_row_is_answered_with_its_class_and_the_outputs_of_all(trained: Service) -> None:
    answer = predict(trained, [ROW])
    assert answer.status_code == 200
    assert answer.json["predictions"] == ["setosa"]
    assert answer.json["classes"] == ["setosa", "versicolor", "virginica"]
    assert sum(answer.json["outputs"][0]) == pytest.approx(1, abs=1e-6)
    model = trained.get("/v1/models/iris").json
    assert answer.json["model"] == {key: model[key] for key in ("id", "name", "version", "sha256")}


def test_a_record_gives_the_bits_of_its_row_whatever_stands_beside_it(trained: Service) -> None:
    record = {"species": "unknown", **dict(zip(NAMES, ROW, strict=True))}
    alone = predict(trained, [ROW]).json["outputs"][0]
    assert predict(trained, [record]).json["outputs"][0] == alone
    assert predict(trained, [[9, 9, 9, 9]] * 70 + [ROW]).json["outputs"][-1] == alone


def test_what_is_wanted_may_be_said(trained: Service) -> None:
    assert "outputs" not in predict(trained, [ROW], wanted=("predictions",)).json
    assert "predictions" not in predict(trained, [ROW], wanted=("outputs",)).json


def test_probabilities_and_logits_are_given_to_whoever_wants_them(trained: Service) -> None:
    answer = predict(trained, [ROW, ROW], wanted=("outputs", "probabilities", "logits")).json
    assert answer["probabilities"] == answer["outputs"]
    z = np.array(answer["logits"])
    assert np.exp(z) / np.exp(z).sum(1, keepdims=True) == pytest.approx(np.array(answer["outputs"]), abs=1e-6)


def test_outputs_of_sigmoid_are_probabilities_as_shares_of_their_sum(service: Service) -> None:
    service.train(**IRIS | {"network": {"output": {"activation": "sigmoid"}}, "training": {"epochs": 1}})
    answer = predict(service, [ROW], wanted=("outputs", "probabilities")).json
    (a,), (shares,) = answer["outputs"], answer["probabilities"]
    assert shares == pytest.approx([one / sum(a) for one in a])


def test_the_best_classes_come_first(trained: Service) -> None:
    body = {"instances": [ROW], "return": ["outputs"], "top_k": 2}
    answer = trained.post("/v1/models/iris/predict", body).json
    ranked = sorted(zip(answer["outputs"][0], answer["classes"], strict=True), reverse=True)
    assert answer["top_k"] == [[{"class": label, "output": output} for output, label in ranked[:2]]]
    assert len(predict(trained, [ROW], wanted=("top_k",)).json["top_k"][0]) == 3


@pytest.mark.parametrize("wanted", ["top_k", "probabilities"])
def test_a_regression_has_neither_probabilities_nor_a_top_k(service: Service, wanted: str) -> None:
    inline = {"inputs": [[row] for row in range(40)], "targets": [row / 3 for row in range(40)]}
    service.train(name="line", data={"inline": inline}, training={"epochs": 1})
    answer = predict(service, [[20]], "line", (wanted,))
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "wrong_task"


def test_what_training_saw_nothing_like_is_warned_of(trained: Service) -> None:
    assert "warnings" not in predict(trained, [ROW]).json
    answer = predict(trained, [ROW, [5.1, 3.5, 1.4, 99]])
    assert answer.status_code == 200
    (warning,) = answer.json["warnings"]
    assert warning["pointer"] == "#/instances/1/3"
    assert warning["code"] == "outside_training"
    assert "from 0.1 to 2.5" in warning["detail"]


def test_every_bad_row_is_named(trained: Service) -> None:
    answer = predict(trained, [ROW, [1, 2, 3], ["a", 2, 3, 4], ROW, None])
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert pointers == ["#/instances/1", "#/instances/2/0", "#/instances/4"]


def test_several_targets_are_predicted_as_lists(service: Service) -> None:
    inline = {"inputs": [[row] for row in range(10)], "targets": [[row, -row] for row in range(10)]}
    service.train(name="two", data={"inline": inline}, network={"hidden": []}, training={"epochs": 1})
    answer = predict(service, [[1], [2]], "two").json
    assert [len(prediction) for prediction in answer["predictions"]] == [2, 2]
    assert answer["classes"] is None


def test_one_value_is_predicted_as_a_number_in_its_own_units(service: Service) -> None:
    inline = {"inputs": [[row] for row in range(40)], "targets": [1000 + row / 3 for row in range(40)]}
    service.train(name="line", data={"inline": inline}, network={"hidden": []}, training={"epochs": 500})
    (value,) = predict(service, [[20]], "line").json["predictions"]
    assert 900 < value < 1100


def test_a_missing_value_is_filled_as_in_training(trained: Service) -> None:
    assert predict(trained, [[None, 3.5, 1.4, 0.2]]).status_code == 200
    assert predict(trained, [{NAMES[2]: 1.4}]).status_code == 200


def test_classes_keep_their_json_type(service: Service) -> None:
    rows = [[row, row % 2 == 0] for row in range(20)]
    service.train(name="b", data={"inline": {"columns": ["a", "t"], "rows": rows}}, target="t", training={"epochs": 1})
    answer = predict(service, [[1]], "b").json
    assert answer["classes"] == [False, True]
    assert answer["predictions"][0] in (False, True)


def test_names_and_versions_find_the_model(trained: Service) -> None:
    model_id = trained.get("/v1/models/iris").json["id"]
    for ref in ("iris", "iris@1", model_id):
        assert predict(trained, [ROW], ref).json["model"]["id"] == model_id
    for ref in ("iris@2", "mdl_0", "none"):
        assert predict(trained, [ROW], ref).status_code == 404


WRONG: list[tuple[Any, str]] = [
    ({}, "#/instances"),
    ({"instances": None}, "#/instances"),
    ({"instances": []}, "#/instances"),
    ({"instances": {}}, "#/instances"),
    ({"instances": "iris"}, "#/instances"),
    ({"instances": ROW}, "#/instances/0"),
    ({"instances": [[]]}, "#/instances/0"),
    ({"instances": [[1, 2, 3]]}, "#/instances/0"),
    ({"instances": [ROW, [1, 2, 3, 4, 5]]}, "#/instances/1"),
    ({"instances": [ROW, {}]}, "#/instances/1"),
    ({"instances": [ROW, None]}, "#/instances/1"),
    ({"instances": [{}, ROW]}, "#/instances/0"),
    ({"instances": [[1, 2, 3, "4"]]}, "#/instances/0/3"),
    ({"instances": [[1, 2, True, 4]]}, "#/instances/0/2"),
    ({"instances": [[1, 2, [3], 4]]}, "#/instances/0/2"),
    ({"instances": [[1e300, 2, 3, 4]]}, "#/instances/0/0"),
    ({"instances": [{"species": "setosa"}]}, "#/instances/0"),
    ({"instances": [ROW], "retrun": ["outputs"]}, "#/retrun"),
    ({"instances": [ROW], "return": []}, "#/return"),
    ({"instances": [ROW], "return": ["output"]}, "#/return/0"),
    ({"instances": [ROW], "return": "outputs"}, "#/return"),
    ({"instances": [ROW], "top_k": 0}, "#/top_k"),
    ({"instances": [ROW], "top_k": 1.5}, "#/top_k"),
    ({"instances": [ROW], "top_k": {}}, "#/top_k"),
    ([ROW], "#"),
]


def test_what_the_model_cannot_take_is_refused_at_its_cell(trained: Service) -> None:
    for body, pointer in WRONG:
        answer = trained.post("/v1/models/iris/predict", body)
        assert answer.status_code == 422, body
        assert answer.json["errors"][0]["pointer"] == pointer, body


def test_an_unknown_feature_is_refused_with_the_nearest_one(trained: Service) -> None:
    answer = predict(trained, [{"sepal lenght (cm)": 5}])
    assert answer.status_code == 422
    assert "did you mean 'sepal length (cm)'?" in answer.json["errors"][0]["detail"]


def test_an_output_that_is_not_finite_is_refused_rather_than_answered(service: Service) -> None:
    inline = {"inputs": [[1e-30], [2e-30]], "targets": [1.5, 2.5]}
    network = {"hidden": [], "weights": [[[1e30]]], "biases": [[0]]}
    training = {"epochs": 1, "optimizer": {"name": "sgd", "learning_rate": 1e-30}}
    preprocessing = {"numeric": "none", "target": "none"}
    service.train(name="big", data={"inline": inline}, network=network, training=training, preprocessing=preprocessing)
    answer = predict(service, [[1e30]], "big")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "not_finite"


def test_a_value_that_is_not_finite_in_its_own_units_is_refused_too(service: Service) -> None:
    inline = {"inputs": [[1e-200], [2e-200]], "targets": [1e150, -1e150]}
    network = {"hidden": [], "weights": [[[1e200]]], "biases": [[0]]}
    training = {"epochs": 1, "dtype": "float64", "optimizer": {"name": "sgd", "learning_rate": 1e-30}}
    job = {"network": network, "training": training, "preprocessing": {"numeric": "none"}}
    service.train(name="big", data={"inline": inline}, **job)
    answer = predict(service, [[1]], "big")
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [("#/instances/0", "not_finite")]
