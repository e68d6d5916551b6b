"""A compose project of the tests' own: docker-compose.yml as it is, under another name, port and passwords."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2

from backprop.client import Client, Retries
from tests.containers.engine import Container, docker
from tests.containers.jobs import host_of
from tests.end_to_end.stack import free_port, until

WORKERS = 3
SERVICES = ("keeper", "postgres", "redis", "service", *["worker"] * WORKERS)  # what runs once all is up
PATIENCE = Retries(attempts=60)  # a service that was killed is away for seconds, on a busy machine for many
SECONDS = 180  # for whatever is waited for
FOREIGN = ("BACKPROP_", "COMPOSE_")  # what these variables say is about another project
SECRETS = ("BACKPROP_API_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
LISTINGS = (("container", "ls", "--all"), ("image", "ls"), ("network", "ls"), ("volume", "ls"))


def _passwords() -> dict[str, str]:
    return {name: secrets.token_hex(16) for name in SECRETS}


@dataclass(frozen=True)
class Project:
    """The containers of docker-compose.yml, each worker with one slot, with short slices and leases."""

    name: str = field(default_factory=lambda: f"backprop-test-{os.getpid()}")
    port: int = field(default_factory=free_port)
    secrets: Mapping[str, str] = field(default_factory=_passwords)

    def compose(self, *words: str) -> str:
        """Return what a command of compose writes; it must succeed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        settings = {
            "BACKPROP_PUBLISH": f"127.0.0.1:{self.port}",
            "BACKPROP_CONCURRENCY": "1",
            "BACKPROP_SLICE_SECONDS": "1",
            "BACKPROP_LEASE_SECONDS": "10",
        }
        place = ("--project-name", self.name, "--file", "docker-compose.yml", "--env-file", os.devnull)
        return docker("compose", *place, *words, environ={**inherited, **settings, **self.secrets})

    def up(self) -> None:
        """Start what does not run, and return once all is well and each worker has said that it is there."""
        self.compose("up", "--detach", "--wait", "--no-build", "--scale", f"worker={WORKERS}")
        until(lambda: {worker.host for worker in self.containers("worker")} <= set(self.present()), SECONDS)

    def is_up(self) -> bool:
        """Whether all is there and well."""
        return sorted(container.service for container in self.containers() if container.is_well) == [*SERVICES]

    def containers(self, service: str | None = None) -> list[Container]:
        """Return its containers as they are now, all or those of one service."""
        whose = [f"label=com.docker.compose.project={self.name}", "label=com.docker.compose.oneoff=False"]
        return Container.all(*whose, *([f"label=com.docker.compose.service={service}"] if service else []))

    def container(self, service: str) -> Container:
        """Return the first container of a service."""
        return self.containers(service)[0]

    def kill(self, *containers: Container) -> None:
        """Kill the first process of each, as a crash would: after Docker's own `kill` no restart policy acts.

        Nobody in a container can kill its first process, so it is done among the processes of the engine's machine.
        """
        pids = " ".join(str(container.state["Pid"]) for container in containers)
        surroundings = ("--rm", "--pid=host", "--network=none", "--user=0", "--entrypoint=sh")
        docker("run", *surroundings, self.name, "-c", f"kill -KILL {pids}")

    def client(self, api_key: str | None = None) -> Client:
        """Return a client of its service, by default one that has the key."""
        key = self.secrets["BACKPROP_API_KEY"] if api_key is None else api_key
        return Client(f"http://127.0.0.1:{self.port}", api_key=key, retries=PATIENCE)

    def get(self, path: str) -> httpx2.Response:
        """Return the answer to one request, on a connection of its own."""
        headers = {"Authorization": f"Bearer {self.secrets['BACKPROP_API_KEY']}"}
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=30, trust_env=False)

    def present(self) -> list[str]:
        """Return the host names of the workers that say that they are there."""
        return [host_of(row["id"]) for row in self.get("/v1/workers").json()["data"] if row["kind"] == "worker"]

    def remains(self) -> list[str]:
        """Return the ids and names of what is there of it."""
        of_it = ("--quiet", "--filter", f"label=com.docker.compose.project={self.name}")
        return [name for listing in LISTINGS for name in docker(*listing, *of_it).split()]


@contextmanager
def built_project() -> Iterator[Project]:
    """Make the image, and give the project; nothing of it is left in the end."""
    project = Project()
    try:
        project.compose("build", "--quiet")
        yield project
    finally:
        project.compose("down", "--volumes", "--remove-orphans")
        if project.remains():
            docker("image", "rm", project.name)
    assert not project.remains()
