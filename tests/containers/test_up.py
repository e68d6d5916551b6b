"""What `docker compose up` brings up: all of it at once, well, and locked down."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backprop.client import Client, UnauthorizedError
from tests.containers.engine import Container
from tests.containers.project import SERVICES, WORKERS, Project
from tests.end_to_end.stack import until

pytestmark = pytest.mark.containers


def test_all_of_it_is_well_at_the_first_attempt(begun: list[Container]) -> None:
    assert sorted(container.service for container in begun if container.is_well) == [*SERVICES]
    assert {(container.restarts, container.state["ExitCode"]) for container in begun} == {(0, 0)}


def test_the_service_is_ready_and_knows_every_worker(project: Project, client: Client) -> None:
    health = until(lambda: found if (found := client.health()).workers == WORKERS else None)
    assert (health.status, health.database, health.broker, health.slots) == ("ok", "ok", "ok", WORKERS)
    assert set(project.present()) == {worker.host for worker in project.containers("worker")}


@pytest.mark.parametrize("service", sorted({*SERVICES}))
def test_nobody_is_root_or_writes_beside_the_volumes(project: Project, service: str) -> None:
    container = project.container(service)
    assert container.run("id", "-u").strip() != "0"
    mounts = [line.split() for line in container.run("cat", "/proc/mounts").splitlines()]
    assert [options.split(",")[0] for _, path, _, options, *_ in mounts if path == "/"] == ["ro"]
    status = container.run("cat", "/proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def test_only_the_service_is_published_and_to_this_machine_alone(project: Project) -> None:
    bound = {
        (container.service, binding["HostIp"], binding["HostPort"])
        for container in project.containers()
        for bindings in container.document["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }
    assert bound == {("service", "127.0.0.1", str(project.port))}


@pytest.mark.parametrize("service", sorted({*SERVICES} - {"service"}))
def test_nobody_else_has_a_way_out(project: Project, service: str) -> None:
    routes = project.container(service).run("cat", "/proc/net/route").splitlines()[1:]
    assert routes
    assert "00000000" not in {route.split()[1] for route in routes}  # the default route's destination


def test_requests_need_the_key_and_probes_do_not(project: Project) -> None:
    with project.client(api_key="") as stranger:
        assert stranger.health().status == "ok"
        with pytest.raises(UnauthorizedError):
            next(stranger.jobs.list())


def test_what_the_processes_of_the_service_count_is_told_together(project: Project) -> None:
    def counted() -> float:
        families = text_string_to_metric_families(project.get("/metrics").text)
        labels = {"method": "GET", "path": "/v1/queue", "status": "200"}
        counts = (one for family in families for one in family.samples if one.name == "backprop_request_seconds_count")
        return sum(one.value for one in counts if one.labels == labels)

    before = counted()
    for _ in range(40):
        project.get("/v1/queue")
    assert {counted() for _ in range(8)} == {before + 40}
