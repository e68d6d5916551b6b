"""Models over HTTP: by id, name and version, and their parameters."""

import hashlib
import io
from typing import Any

import numpy as np
import pytest

from tests.service.harness import Service

XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 3}}


@pytest.fixture
def trained(service: Service) -> Service:
    service.train(**XOR)
    service.train(**{**XOR, "training": {"epochs": 3, "seed": 1}})
    return service


def test_a_model_shows_what_it_takes_and_gives_and_where_it_comes_from(trained: Service) -> None:
    model = trained.get("/v1/models/xor").json
    job = trained.get(f"/v1/jobs/{model['job']}").json
    assert (model["name"], model["version"]) == ("xor", 2)
    assert model["features"] == ["x1", "x2"]
    assert model["classes"] == [0, 1]
    assert model["spec"] == job["spec"]
    assert model["metrics"] == {part: scores for part, scores in job["results"].items() if part != "evaluation"}
    assert model["id"] == job["model"]["id"]
    assert "encoding" not in model


def test_a_ref_is_an_id_a_name_or_a_name_and_version(trained: Service) -> None:
    newest, first = (trained.get(f"/v1/models/{ref}").json["id"] for ref in ("xor", "xor@1"))
    assert newest != first
    assert trained.get("/v1/models/xor@2").json["id"] == newest
    assert trained.get(f"/v1/models/{first}").json["version"] == 1


def test_a_model_that_is_not_there_is_404(trained: Service) -> None:
    for ref in ("none", "xor@3", "xor@0", "xor@", "@1", "mdl_0", "xor@latest", "%00", "xor@" + "9" * 11):
        for path in (f"/v1/models/{ref}", f"/v1/models/{ref}/weights"):
            answer = trained.get(path)
            assert (answer.status_code, answer.json["code"]) == (404, "not_found"), path


def test_models_are_listed_newest_first_and_by_name(trained: Service) -> None:
    trained.train(**{**XOR, "name": "other"})
    page = trained.get("/v1/models?limit=2").json
    assert [(model["name"], model["version"]) for model in page["data"]] == [("other", 1), ("xor", 2)]
    assert page["has_more"]
    rest = trained.get(f"/v1/models?after={page['next']}").json
    assert [(model["name"], model["version"]) for model in rest["data"]] == [("xor", 1)]
    assert len(trained.get("/v1/models?name=xor").json["data"]) == 2


def test_a_deleted_model_is_gone_and_its_version_is_never_given_again(trained: Service) -> None:
    assert trained.client.delete("/v1/models/xor@2").status_code == 204
    assert trained.get("/v1/models/xor").json["version"] == 1
    assert trained.client.delete("/v1/models/xor@2").status_code == 404
    assert trained.train(**XOR)["model"]["version"] == 3


def test_weights_have_the_layers_shapes_in_json_and_npz_alike(trained: Service) -> None:
    as_json = trained.get("/v1/models/xor/weights").json
    with np.load(io.BytesIO(trained.get("/v1/models/xor/weights?format=npz").data)) as as_npz:
        assert as_npz.files == list(as_json) == ["w1", "b1", "w2", "b2"]
        assert [as_npz[name].shape for name in as_npz.files] == [(2, 100), (100,), (100, 2), (2,)]
        assert all(np.array_equal(as_npz[name], np.float32(as_json[name])) for name in as_npz.files)


def test_the_models_sha256_is_that_of_its_weights_bytes_and_their_etag(trained: Service) -> None:
    answer = trained.get("/v1/models/xor/weights?format=npz")
    with np.load(io.BytesIO(answer.data)) as weights:
        content = b"".join(weights[name].astype("<f4").tobytes() for name in weights.files)
    sha256 = trained.get("/v1/models/xor").json["sha256"]
    assert hashlib.sha256(content).hexdigest() == sha256
    assert answer.headers["ETag"] == f'"{sha256}"'
    again = trained.get("/v1/models/xor/weights", If_None_Match=f'"{sha256}"')
    assert (again.status_code, again.data) == (304, b"")


def test_an_unknown_format_of_weights_is_refused_with_those_that_there_are(trained: Service) -> None:
    answer = trained.get("/v1/models/xor/weights?format=npy")
    assert answer.status_code == 422
    assert "'npz'" in answer.json["errors"][0]["detail"]
