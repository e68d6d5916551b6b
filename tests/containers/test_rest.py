"""Stopping, and being taken away and put back: nothing is killed, and nothing is lost."""

import pytest

from backprop.client import Client
from tests.containers.jobs import sha256, trained
from tests.containers.project import Project

pytestmark = pytest.mark.containers

XOR = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 50}}
ROWS = [[0, 1], [1, 1], [0.25, 0.5]]


def test_a_stop_gives_the_job_back_and_kills_nobody(
    project: Project, client: Client, job_id: str, undisturbed: str
) -> None:
    project.compose("stop")
    assert {(container.service, container.state["ExitCode"]) for container in project.containers()} == {
        (service, 0) for service in ("keeper", "migrate", "postgres", "redis", "service", "worker")
    }
    project.up()
    assert sha256(client, job_id) == undisturbed
    assert client.jobs.get(job_id).crashes == 0


def test_down_and_up_keep_jobs_models_and_predictions(project: Project, client: Client) -> None:
    job, model = trained(client, client.jobs.create(XOR).id)
    figures = client.jobs.metrics(job.id)
    predicted = client.models.predict("xor", ROWS)
    project.compose("down")
    assert not project.containers()
    project.up()
    assert client.jobs.get(job.id).document == job.document
    assert client.jobs.metrics(job.id).document == figures.document
    assert client.models.get(model.id).document == model.document
    assert client.models.predict("xor", ROWS).document == predicted.document


def test_every_volume_has_a_name_since_down_leaves_the_others_behind(project: Project) -> None:
    mounts = [mount for container in project.containers() for mount in container.document["Mounts"]]
    names = {mount["Name"] for mount in mounts if mount["Type"] == "volume"}
    assert names == {f"{project.name}_{volume}" for volume in ("data", "postgres", "redis", "socket")}
