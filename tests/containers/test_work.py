"""What is done in containers: networks trained, by all workers, kept in the database or in the volume they share."""

import json
from pathlib import Path

import pytest

from backprop.client import Client
from tests.containers.jobs import claims, sha256, trained
from tests.containers.project import WORKERS, Project

pytestmark = pytest.mark.containers

FLOWER = [5.1, 3.5, 1.4, 0.2]
JOBS = 12
SHORT = {  # some slices of a second
    "data": {"builtin": "moons"},
    "network": {"hidden": [{"units": 24, "activation": "tanh"}]},
    "training": {"epochs": 4000, "batch_size": 16},
}
LARGE = {  # its weights take 13 MB, more than a row holds
    "data": {"builtin": "xor"},
    "network": {"hidden": [{"units": 1250}, {"units": 1250}]},
    "training": {"epochs": 1, "dtype": "float64"},
}


def test_iris_is_the_tutorial_s(client: Client) -> None:
    job, _ = trained(client, client.jobs.create(json.loads(Path("examples/iris.json").read_text())).id)
    assert job.results is not None
    assert job.results["test"] == pytest.approx({"loss": 0.050542200400727086, "accuracy": 0.8})
    assert client.models.predict("iris", [FLOWER]).predictions == ["setosa"]


def test_jobs_spread_over_the_workers_and_come_out_the_same(project: Project, client: Client) -> None:
    jobs = [client.jobs.create(SHORT).id for _ in range(JOBS)]
    digests = {sha256(client, job_id) for job_id in jobs}
    trained = {host for job_id in jobs for host in claims(client, job_id)}
    assert trained == {worker.host for worker in project.containers("worker")}
    assert len(trained) == WORKERS
    assert len(digests) == 1


def test_a_model_too_large_for_a_row_passes_through_the_shared_volume(project: Project, client: Client) -> None:
    before = _files(project)
    _, model = trained(client, client.jobs.create(LARGE).id)
    assert len(_files(project) - before) == 1
    assert len(client.models.predict(model.id, [[0, 0], [0, 1]]).predictions) == 2


def _files(project: Project) -> set[str]:
    return set(project.container("service").run("find", "/data", "-type", "f").split())
