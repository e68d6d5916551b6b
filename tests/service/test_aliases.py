"""Aliases over HTTP: moved under a condition, looked at, rolled back, and named wherever a model is."""

from typing import Any

import pytest

from tests.service.harness import Service

XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 3}}
CHAMPION = "/v1/models/xor/aliases/champion"
ROWS = {"instances": [[0, 1]]}


@pytest.fixture
def trained(service: Service) -> Service:
    """The service with two versions of xor."""
    service.train(**XOR)
    service.train(**XOR)
    return service


def rolled_back(service: Service, **headers: str) -> Any:
    return service.post(f"{CHAMPION}/rollback", None, **headers)


def deleted(service: Service, path: str = CHAMPION, **headers: str) -> Any:
    return service.client.delete(path, headers=headers)


def put(service: Service, version: object, path: str = CHAMPION, **headers: str) -> Any:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return service.client.put(path, json={"version": version}, headers=named)


def test_an_alias_is_made_shown_moved_and_deleted(trained: Service) -> None:
    made = put(trained, 1)
    assert made.status_code == 200
    assert {key: made.json[key] for key in ("name", "alias", "version")} == {
        "name": "xor",
        "alias": "champion",
        "version": 1,
    }
    assert made.json["model"] == trained.get("/v1/models/xor@1").json["id"]
    assert trained.get(CHAMPION).json == made.json
    assert trained.get(CHAMPION).headers["ETag"] == made.headers["ETag"]
    assert put(trained, 2).json["version"] == 2
    assert trained.get("/v1/models/xor/aliases").json["data"] == [trained.get(CHAMPION).json]
    assert deleted(trained).status_code == 204
    assert trained.get(CHAMPION).status_code == deleted(trained).status_code == 404
    assert trained.get("/v1/models/xor/aliases").json == {"data": []}


def test_an_alias_is_a_ref_wherever_a_model_is_named(trained: Service) -> None:
    put(trained, 1)
    model = trained.get("/v1/models/xor@champion").json
    assert (model["version"], model["aliases"]) == (1, ["champion"])
    assert trained.post("/v1/models/xor@champion/predict", ROWS).json["model"]["version"] == 1
    assert trained.get("/v1/models/xor@champion/weights").status_code == 200
    warm = trained.submit(**XOR, network={"start_from": "xor@champion"})
    assert warm["spec"]["network"]["start_from"] == model["id"]
    assert [found["aliases"] for found in trained.get("/v1/models?name=xor").json["data"]] == [[], ["champion"]]


def test_a_move_is_guarded_by_if_match(trained: Service) -> None:
    seen = put(trained, 1).headers["ETag"]
    moved = put(trained, 2, If_Match=seen)
    assert moved.status_code == 200
    assert moved.headers["ETag"] != seen
    for headers in ({"If_Match": seen}, {"If_Match": ""}, {"If_Match": f"W/{moved.headers['ETag']}"}):
        refused = put(trained, 1, **headers)
        assert (refused.status_code, refused.json["code"]) == (412, "precondition_failed")
        assert refused.content_type == "application/problem+json"
    assert put(trained, 1, If_Match=f'"other", {moved.headers["ETag"]}').status_code == 200
    assert put(trained, 2, If_Match="*").status_code == 200


def test_an_alias_is_made_once_by_if_none_match(trained: Service) -> None:
    assert put(trained, 1, If_Match="*").status_code == 412
    assert put(trained, 1, If_None_Match="*").status_code == 200
    assert put(trained, 2, If_None_Match="*").status_code == 412
    assert trained.get(CHAMPION).json["version"] == 1


def test_a_rollback_is_one_call_and_both_are_in_the_history(trained: Service) -> None:
    put(trained, 1)
    bad = put(trained, 2).headers["ETag"]
    back = rolled_back(trained, If_Match=bad)
    assert (back.status_code, back.json["version"]) == (200, 1)
    assert rolled_back(trained, If_Match=bad).status_code == 412
    refused = rolled_back(trained)
    assert (refused.status_code, refused.json["code"]) == (409, "no_earlier_version")
    moves = trained.get(f"{CHAMPION}/history").json["data"]
    assert [(move["kind"], move["from_version"], move["to_version"]) for move in moves] == [
        ("rolled_back", 2, 1),
        ("set", 1, 2),
        ("set", None, 1),
    ]
    assert {move["by"] for move in moves} == {"local"}
    page = trained.get(f"{CHAMPION}/history?limit=2").json
    assert trained.get(f"{CHAMPION}/history?limit=2&after={page['next']}").json["data"] == moves[2:]


def test_a_delete_is_guarded_and_its_history_stays(trained: Service) -> None:
    put(trained, 1)
    assert trained.client.delete(CHAMPION, headers={"If-Match": '"x"'}).status_code == 412
    trained.client.delete(CHAMPION)
    assert trained.get(f"{CHAMPION}/history").json["data"][0]["to_version"] is None
    assert trained.get("/v1/models/xor/aliases/never/history").status_code == 404


def test_a_model_that_an_alias_points_at_is_not_deleted(trained: Service) -> None:
    put(trained, 2)
    refused = deleted(trained, "/v1/models/xor")
    assert (refused.status_code, refused.json["code"]) == (409, "in_use")
    assert "champion" in refused.json["detail"]
    assert trained.client.delete("/v1/models/xor@1").status_code == 204


@pytest.mark.parametrize("alias", ["3", "007", "-a", ".a", "a b", "a" * 101, "é"])
def test_an_alias_that_cannot_be_one_is_refused(trained: Service, alias: str) -> None:
    refused = put(trained, 1, f"/v1/models/xor/aliases/{alias}")
    assert refused.status_code == 422
    assert refused.json["errors"][0]["code"] == "bad_name"


@pytest.mark.parametrize(
    ("version", "code"), [(0, "out_of_range"), (2**31, "out_of_range"), ("1", "wrong_type"), (None, "null")]
)
def test_a_version_that_cannot_be_one_is_refused(trained: Service, version: object, code: str) -> None:
    refused = put(trained, version)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/version")
    assert refused.json["errors"][0]["code"] == code


def test_a_version_that_is_not_there_is_404(trained: Service) -> None:
    for path in (CHAMPION, "/v1/models/nobody/aliases/champion"):
        refused = put(trained, 3, path)
        assert refused.status_code == 404
        assert "@3" in refused.json["detail"]


def test_a_read_on_a_condition_that_does_not_hold_is_a_problem(trained: Service) -> None:
    put(trained, 1)
    for path in (
        CHAMPION,
        "/v1/models",
        "/v1/models/xor",
        "/v1/models/xor/weights",
        "/v1/models/xor/weights?format=npz",
    ):
        refused = trained.get(path, If_Match='"another"')
        assert (refused.status_code, refused.json["code"]) == (412, "precondition_failed"), path
        assert refused.content_type == "application/problem+json"
        assert refused.headers["X-Request-Id"] == refused.json["request_id"]
        assert refused.headers["ETag"] in refused.json["detail"]
