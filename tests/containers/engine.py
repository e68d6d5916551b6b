"""The engine: Docker by its command line, and a container as it is at one moment."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

SECONDS = 600  # for one command: the longest makes the image


def docker(*words: str, environ: Mapping[str, str] | None = None) -> str:
    """Return what a command of Docker's writes; it must succeed."""
    done = subprocess.run(["docker", *words], env=environ, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"docker {' '.join(words)}\n{done.stderr[-3000:]}"
    return done.stdout


@dataclass(frozen=True)
class Container:
    """A container as Docker describes it."""

    document: Mapping[str, Any]

    @classmethod
    def all(cls, *filters: str) -> list[Self]:
        """Return the containers, running or not, that these filters of `docker ps` select."""
        found = docker("ps", "--all", "--quiet", *(f"--filter={each}" for each in filters)).split()
        return [cls(document) for document in json.loads(docker("inspect", *found))] if found else []

    @property
    def id(self) -> str:
        """The whole id."""
        return str(self.document["Id"])

    @property
    def host(self) -> str:
        """The name that its processes know their machine by."""
        return str(self.document["Config"]["Hostname"])

    @property
    def service(self) -> str:
        """The name in docker-compose.yml."""
        return str(self.document["Config"]["Labels"]["com.docker.compose.service"])

    @property
    def state(self) -> Mapping[str, Any]:
        """Status, Pid (0 where it does not run), ExitCode, and Health where that is checked."""
        found: Mapping[str, Any] = self.document["State"]
        return found

    @property
    def is_well(self) -> bool:
        """Whether it runs, and is healthy where that is checked."""
        health = self.state.get("Health", {"Status": "healthy"})
        return (self.state["Status"], health["Status"]) == ("running", "healthy")

    @property
    def restarts(self) -> int:
        """How often its restart policy has started it again."""
        return int(self.document["RestartCount"])

    def run(self, *command: str) -> str:
        """Return what a command writes that runs in it beside its own; it must succeed."""
        return docker("exec", self.id, *command)
