"""Comparisons over HTTP: two models, however they are named."""

from typing import Any

from tests.service.harness import Service

XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 3}}


def test_two_versions_stand_side_by_side(service: Service) -> None:
    first = service.train(**XOR)
    second = service.train(**XOR | {"training": {"epochs": 9, "optimizer": "sgd"}, "metadata": {"team": "a"}})
    service.client.put("/v1/models/xor/aliases/champion", json={"version": 1})
    compared = service.get("/v1/models/xor@champion/compare?with=xor").json
    assert [compared[side]["version"] for side in ("left", "right")] == [1, 2]
    assert compared["same_weights"] is False
    losses = [job["results"]["train"]["loss"] for job in (first, second)]
    assert compared["metrics"]["train"]["loss"] == {
        "left": losses[0],
        "right": losses[1],
        "difference": losses[1] - losses[0],
    }
    spec = {entry["pointer"]: entry for entry in compared["spec"]}
    assert spec["#/training/epochs"] == {"pointer": "#/training/epochs", "left": 3, "right": 9}
    assert spec["#/training/optimizer/beta1"] == {"pointer": "#/training/optimizer/beta1", "left": 0.9}
    assert "right" in spec["#/metadata/team"]
    assert compared["lineage"] == []


def test_a_model_is_itself(service: Service) -> None:
    service.train(**XOR)
    service.train(**XOR)
    compared = service.get("/v1/models/xor@1/compare?with=xor@2").json
    assert (compared["same_weights"], compared["spec"], compared["lineage"]) == (True, [], [])
    assert compared["metrics"]["train"]["loss"]["difference"] == 0.0


def test_other_data_are_told(service: Service) -> None:
    service.train(**XOR)
    service.train(**XOR | {"data": {"builtin": "moons"}})
    compared = service.get("/v1/models/xor@1/compare?with=xor@2").json
    assert [entry["name"] for entry in compared["lineage"]] == ["dataset_sha256"]


def test_what_cannot_be_compared_is_refused(service: Service) -> None:
    service.train(**XOR)
    assert service.get("/v1/models/xor/compare?with=nobody").status_code == 404
    assert service.get("/v1/models/nobody/compare?with=xor").status_code == 404
    for query in ("", "?with=", "?with=a%20b", "?with=xor&with=xor", "?wiht=xor"):
        refused = service.get(f"/v1/models/xor/compare{query}")
        assert refused.status_code == 422, query
        assert refused.json["errors"][0]["pointer"] in {"?with", "?wiht"}
