"""Everything in containers, on the Docker that is there: built once, and put right before each test."""

from collections.abc import Iterator

import pytest

from backprop.client import Client
from tests.containers.engine import Container
from tests.containers.jobs import JOB, on_its_way, sha256
from tests.containers.project import Project, built_project


@pytest.fixture(scope="session")
def built() -> Iterator[Project]:
    """The project with its image, of which nothing need run."""
    with built_project() as project:
        yield project


@pytest.fixture(scope="session")
def begun(built: Project) -> list[Container]:
    """Its containers as they were when it was up for the first time."""
    built.up()
    return built.containers()


@pytest.fixture
def project(built: Project, begun: list[Container]) -> Project:
    """The project, all of it up and well, whatever the test before has left."""
    assert begun
    if not built.is_up():
        built.up()
    return built


@pytest.fixture
def client(project: Project) -> Iterator[Client]:
    """A client of the project's service."""
    with project.client() as client:
        yield client


@pytest.fixture(scope="session")
def undisturbed(built: Project, begun: list[Container]) -> str:
    """The digest of JOB's weights when nothing happens to it."""
    assert begun
    with built.client() as client:
        return sha256(client, client.jobs.create(JOB).id)


@pytest.fixture
def job_id(client: Client) -> str:
    """JOB, which trains from a checkpoint."""
    return on_its_way(client)
