"""Whatever is killed comes back or is replaced, and each job ends in the same bits as undisturbed."""

from contextlib import closing
from itertools import islice

import pytest

from backprop.client import Client
from tests.containers.engine import Container, docker
from tests.containers.jobs import SECONDS, claims, sha256, trained
from tests.containers.project import SERVICES, Project
from tests.end_to_end.stack import until

pytestmark = pytest.mark.containers

XOR = {"data": {"builtin": "xor"}, "training": {"epochs": 5}}


def come_back(killed: list[Container]) -> None:
    """Return once their restart policies have started all of them again, and they are well."""

    def are_back() -> bool:
        now = [Container.all(f"id={before.id}")[0] for before in killed]
        return all(one.is_well and one.restarts > before.restarts for before, one in zip(killed, now, strict=True))

    until(are_back, SECONDS)


def test_a_killed_worker_s_job_ends_elsewhere(project: Project, client: Client, job_id: str, undisturbed: str) -> None:
    with closing(claims(client, job_id)) as hosts:
        *_, trains = islice(hosts, 2)  # before and after the pause
    (killed,) = [worker for worker in project.containers("worker") if worker.host == trains]
    docker("kill", "--signal=KILL", killed.id)
    assert sha256(client, job_id) == undisturbed
    assert client.jobs.get(job_id).crashes == 1
    *_, last = claims(client, job_id)
    assert last != trains
    assert Container.all(f"id={killed.id}")[0].state["Status"] == "exited"


@pytest.mark.parametrize("service", ["keeper", "redis", "service"])
def test_what_does_not_train_costs_no_job_anything(
    project: Project, client: Client, job_id: str, undisturbed: str, service: str
) -> None:
    killed = project.containers(service)
    project.kill(*killed)
    come_back(killed)
    assert sha256(client, job_id) == undisturbed
    assert client.jobs.get(job_id).crashes == 0


def test_a_database_that_was_killed_has_all_it_had(
    project: Project, client: Client, job_id: str, undisturbed: str
) -> None:
    killed = project.containers("postgres")
    project.kill(*killed)
    come_back(killed)
    assert sha256(client, job_id) == undisturbed


def test_a_power_cut_costs_no_bit(project: Project, client: Client, job_id: str, undisturbed: str) -> None:
    killed = [container for container in project.containers() if container.service in SERVICES]
    project.kill(*killed)
    come_back(killed)
    assert sha256(client, job_id) == undisturbed
    assert client.jobs.get(job_id).crashes == 1


def test_a_job_submitted_while_the_service_is_away_is_trained_once(project: Project, client: Client) -> None:
    before = {job.id for job in client.jobs.list()}
    project.kill(project.container("service"))
    job, _ = trained(client, client.jobs.create(XOR).id)
    assert {job.id for job in client.jobs.list()} - before == {job.id}


def test_an_outage_is_logged_without_a_secret(project: Project) -> None:
    project.compose("stop", "postgres", "redis")
    until(lambda: "the database does not answer" in project.compose("logs", "--no-color"), SECONDS)
    project.compose("start", "postgres", "redis")
    until(project.is_up, SECONDS)
    lines = project.compose("logs", "--no-color")
    assert not [name for name, secret in project.secrets.items() if secret in lines]
