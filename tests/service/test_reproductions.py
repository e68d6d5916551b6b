"""Reproductions over HTTP: a job, or a refusal that says what is gone."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from backprop.store.tables import Blob, Dataset, Model
from tests.service.harness import Service

ROWS = {"columns": ["x", "y"], "rows": [[number, 2.0 * number] for number in range(12)]}
LINE: dict[str, Any] = {"name": "line", "data": {"inline": ROWS}, "target": "y", "training": {"epochs": 4}}
XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 3}}


def reproduce(service: Service, ref: str, **headers: str) -> Any:
    return service.post(f"/v1/models/{ref}/reproduce", None, **headers)


@pytest.mark.parametrize("job", [XOR, LINE, LINE | {"split": {"folds": 3}}])
def test_a_model_is_trained_again_and_matches(service: Service, job: dict[str, Any]) -> None:
    made = service.train(**job)
    answer = reproduce(service, job["name"])
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert answer.json["reproduces"] == made["model"]["id"]
    assert answer.json["spec"] == made["spec"]
    assert len(service.bells) == 2
    service.work()
    ended = service.get(answer.headers["Location"]).json
    assert (ended["state"], ended["reproduction"], ended["model"]) == ("succeeded", "match", None)
    assert ended["progress"]["epochs"] == made["progress"]["epochs"] == made["progress"]["epoch"]
    assert ended["results"]["reproduction"]["sha256"] == service.get(f"/v1/models/{job['name']}").json["sha256"]
    assert service.get(f"/v1/models?name={job['name']}").json["data"][0]["version"] == 1
    assert service.train(**job)["model"]["version"] == 2


def test_a_model_that_began_from_another_matches_while_that_is_there(service: Service) -> None:
    service.train(**XOR)
    service.train(**XOR | {"name": "second", "network": {"start_from": "xor"}})
    job_id = reproduce(service, "second@1").json["id"]
    service.work()
    assert service.get(f"/v1/jobs/{job_id}").json["reproduction"] == "match"
    service.client.delete("/v1/models/xor")
    refused = reproduce(service, "second")
    assert (refused.status_code, refused.json["code"]) == (409, "not_reproducible")
    assert "there is no model" in refused.json["detail"]


def test_a_model_whose_data_is_gone_is_not_reproduced(service: Service) -> None:
    service.train(**LINE)
    with service.database.writing() as session:
        session.execute(delete(Dataset))
        session.execute(delete(Blob))
    refused = reproduce(service, "line")
    assert (refused.status_code, refused.json["code"]) == (409, "not_reproducible")
    assert "there is no dataset 'ds_" in refused.json["detail"]


def test_a_model_that_came_in_a_file_is_not_reproduced(service: Service) -> None:
    service.train(**XOR)
    content = service.get("/v1/models/xor/weights?format=npz&whole=true").data
    imported = service.client.post("/v1/models?name=imported", data=content, content_type="application/x-npz")
    assert imported.status_code == 201
    refused = reproduce(service, "imported")
    assert (refused.status_code, refused.json["code"]) == (409, "not_reproducible")


def test_the_same_key_reproduces_once(service: Service) -> None:
    service.train(**XOR)
    service.train(**XOR)
    first = reproduce(service, "xor", Idempotency_Key="k")
    again = reproduce(service, "xor@2", Idempotency_Key="k")
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])
    refused = reproduce(service, "xor@1", Idempotency_Key="k")
    assert (refused.status_code, refused.json["code"]) == (409, "idempotency_key_reused")


def test_a_model_that_is_being_reproduced_is_not_deleted(service: Service) -> None:
    service.train(**XOR)
    job_id = reproduce(service, "xor").json["id"]
    refused = service.client.delete("/v1/models/xor")
    assert refused.status_code == 409
    assert refused.json is not None
    assert f"{job_id}, which is queued, reproduces" in refused.json["detail"]
    service.work()
    assert service.client.delete("/v1/models/xor").status_code == 204
    assert service.get(f"/v1/jobs/{job_id}").json["reproduction"] == "match"


def test_what_is_not_there_is_404(service: Service) -> None:
    for ref in ("nobody", "nobody@1", "mdl_0"):
        assert reproduce(service, ref).status_code == 404


def test_a_model_tells_its_data_and_surroundings(service: Service) -> None:
    service.train(**XOR)
    model = service.get("/v1/models/xor").json
    assert len(model["dataset_sha256"]) == 64
    assert model["environment"]["numpy"]
    with service.database.writing() as session:
        session.execute(update(Model).values(environment=None, dataset_sha256=None))
    older = service.get("/v1/models/xor").json
    assert (older["environment"], older["dataset_sha256"]) == (None, None)
