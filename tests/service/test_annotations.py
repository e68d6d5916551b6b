"""Tags and notes over HTTP: said, kept beside what was said before, removed, and found again."""

from typing import Any

import pytest

from tests.service.harness import Service

XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 2}}


@pytest.fixture
def trained(service: Service) -> Service:
    service.train(**XOR)
    return service


def say(service: Service, said: object, ref: str = "xor") -> Any:
    return service.client.patch(f"/v1/models/{ref}", json=said)


def found(service: Service, query: str) -> list[str]:
    return [f"{model['name']}@{model['version']}" for model in service.get(f"/v1/models?{query}").json["data"]]


def test_what_is_said_stays_until_it_is_removed(trained: Service) -> None:
    before = trained.get("/v1/models/xor").json
    assert (before["tags"], before["note"]) == ({}, None)
    said = say(trained, {"tags": {"stage": "live", "team": "a"}, "note": "good"})
    assert said.status_code == 200
    assert said.json == before | {"tags": {"stage": "live", "team": "a"}, "note": "good"}
    assert say(trained, {"tags": {"stage": None, "owner": ""}}).json["tags"] == {"team": "a", "owner": ""}
    assert trained.get("/v1/models/xor").json["note"] == "good"
    assert say(trained, {"note": None}).json["note"] is None
    assert say(trained, {}).json == trained.get("/v1/models/xor").json


def test_models_are_found_by_their_tags(trained: Service) -> None:
    trained.train(**XOR)
    trained.train(**XOR | {"name": "other"})
    for ref in ("xor@1", "other"):
        say(trained, {"tags": {"stage": "live", "by.whom": "a b"}}, ref)
    say(trained, {"tags": {"stage": "live"}}, "xor@2")
    assert found(trained, "tags.stage=live") == ["other@1", "xor@2", "xor@1"]
    assert found(trained, "tags.stage=live&tags.by.whom=a%20b&name=xor") == ["xor@1"]
    assert found(trained, "tags.stage=dead") == found(trained, "tags.live=stage") == []
    page = trained.get("/v1/models?tags.stage=live&limit=2").json
    assert found(trained, f"tags.stage=live&after={page['next']}") == ["xor@1"]


def test_an_alias_is_a_ref_here_too(trained: Service) -> None:
    trained.client.put("/v1/models/xor/aliases/champion", json={"version": 1})
    assert say(trained, {"tags": {"a": "b"}}, "xor@champion").json["tags"] == {"a": "b"}
    assert say(trained, {}, "xor@challenger").status_code == 404


def test_there_are_no_more_tags_than_may_be(trained: Service) -> None:
    assert say(trained, {"tags": {f"a{number}": "x" for number in range(16)}}).status_code == 200
    refused = say(trained, {"tags": {"one": "more"}})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/tags")
    assert say(trained, {"tags": {"one": "more", "a0": None}}).status_code == 200


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"tags": {"a": 1}}, "#/tags/a"),
        ({"tags": {"": "a"}}, "#/tags/"),
        ({"tags": {"x" * 65: "a"}}, f"#/tags/{'x' * 65}"),
        ({"tags": {"a": "x" * 513}}, "#/tags/a"),
        ({"tags": []}, "#/tags"),
        ({"tags": None}, "#/tags"),
        ({"note": "x" * 10_001}, "#/note"),
        ({"note": 1}, "#/note"),
        ({"nota": "x"}, "#/nota"),
        ([], "#"),
    ],
)
def test_what_cannot_be_said_is_refused(trained: Service, said: object, pointer: str) -> None:
    refused = say(trained, said)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)


def test_a_query_that_cannot_be_is_refused(trained: Service) -> None:
    for query in ("tags=a", "tags.=a", "tag.stage=live", "tags.a=1&tags.a=2"):
        assert trained.get(f"/v1/models?{query}").status_code == 422, query
