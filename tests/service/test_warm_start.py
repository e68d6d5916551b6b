"""Jobs that begin from a model, over HTTP: the name is looked up once, and what cannot be is refused by its pointer."""

from typing import Any

import pytest

from tests.service.harness import Service

FIRST: dict[str, Any] = {
    "name": "first",
    "data": {"builtin": "iris"},
    "network": {"hidden": [{"units": 4}]},
    "training": {"epochs": 2},
}


def beginning(ref: str, **network: Any) -> dict[str, Any]:
    return {"data": {"builtin": "iris"}, "training": {"epochs": 2}, "network": {"start_from": ref, **network}}


@pytest.mark.parametrize("ref", ["first", "first@1", "mdl_"])
def test_the_model_is_shown_by_its_id_however_it_was_called(service: Service, ref: str) -> None:
    model = service.train(**FIRST)["model"]
    job = service.train(**beginning(model["id"] if ref == "mdl_" else ref))
    assert job["spec"]["network"]["start_from"] == model["id"]
    assert job["spec"]["network"]["hidden"][0]["units"] == 4
    assert service.get(f"/v1/models/{job['model']['id']}").json["spec"] == job["spec"]


@pytest.mark.parametrize("ref", ["second", "first@2", "first@champion", "mdl_0"])
def test_a_model_that_is_not_there_is_refused_by_its_pointer(service: Service, ref: str) -> None:
    service.train(**FIRST)
    answer = service.post("/v1/jobs", beginning(ref))
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert (error["pointer"], error["code"]) == ("#/network/start_from", "unknown_model")
    assert repr(ref) in error["detail"]


def test_a_network_of_another_shape_is_refused_with_both_shapes(service: Service) -> None:
    service.train(**FIRST)
    answer = service.post("/v1/jobs", beginning("first@1", hidden=[{"units": 5}]))
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {"#/network/start_from"}
    details = [error["detail"] for error in answer.json["errors"]]
    assert "first@1 has w1 of shape 4 x 4, and this network takes 4 x 5" in details[0]
    assert [detail.split(" of shape")[0].split()[-1] for detail in details] == ["w1", "b1", "w2"]


def test_a_network_with_other_parameters_is_refused(service: Service) -> None:
    service.train(**FIRST)
    answer = service.post("/v1/jobs", beginning("first", hidden=[{"units": 4, "batch_norm": True}], bias=False))
    details = " ".join(error["detail"] for error in answer.json["errors"])
    assert "first has b1 of shape 4, and this network has none" in details
    assert "first has no gamma1, and this network takes 4" in details


@pytest.mark.parametrize(
    ("key", "value"), [("init", "zeros"), ("weights", [[[0.0] * 4] * 4, [[0.0] * 3] * 4])], ids=["init", "weights"]
)
def test_first_weights_come_from_one_place(service: Service, key: str, value: Any) -> None:
    service.train(**FIRST)
    answer = service.post("/v1/jobs", beginning("first", **{key: value}))
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert (error["pointer"], error["code"]) == (f"#/network/{key}", "conflict")


def test_a_model_that_a_job_needs_is_deleted_only_after_it(service: Service) -> None:
    model = service.train(**FIRST)["model"]
    job = service.submit(**beginning("first"))
    for ref in ("first", model["id"]):
        answer = service.client.delete(f"/v1/models/{ref}")
        assert answer.status_code == 409
        assert answer.json is not None
        assert answer.json["code"] == "in_use"
        assert job["id"] in answer.json["detail"]
    service.work()
    assert service.get(f"/v1/jobs/{job['id']}").json["state"] == "succeeded"
    assert service.client.delete(f"/v1/models/{model['id']}").status_code == 204
    assert service.get(f"/v1/jobs/{job['id']}").json["spec"]["network"]["start_from"] == model["id"]


def test_a_repeated_request_finds_its_job_although_the_name_means_another_model(service: Service) -> None:
    service.train(**FIRST)
    first = service.post("/v1/jobs", beginning("first"), Idempotency_Key="k")
    service.work()
    service.train(**FIRST | {"network": {"hidden": [{"units": 9}]}})
    again = service.post("/v1/jobs", beginning("first"), Idempotency_Key="k")
    assert (first.status_code, again.status_code, again.json["id"]) == (202, 200, first.json["id"])
    other = service.post("/v1/jobs", beginning("first@1"), Idempotency_Key="k")
    assert (other.status_code, other.json["code"]) == (409, "idempotency_key_reused")
