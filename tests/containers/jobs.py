"""Jobs that are hurt on their way, and who trains them."""

from collections.abc import Generator
from typing import Any

from backprop.client import Change, Client, Job, Model
from tests.end_to_end.stack import until

JOB: dict[str, Any] = {  # many seconds
    "data": {"builtin": "moons"},
    "split": {"validation": 0.2},
    "network": {"hidden": [{"units": 24, "activation": "tanh", "dropout": 0.1}]},
    "training": {"epochs": 20_000, "batch_size": 16, "optimizer": "adam", "seed": 7},
}
SECONDS = 300  # for a job to end, on a busy machine


def on_its_way(client: Client) -> str:
    """Return the id of JOB, which has been paused and resumed, and so now trains from a checkpoint."""
    job_id = client.jobs.create(JOB).id
    _await(client, job_id, "running")
    client.jobs.pause(job_id)
    _await(client, job_id, "paused")
    client.jobs.resume(job_id)
    _await(client, job_id, "running")
    return job_id


def trained(client: Client, job_id: str) -> tuple[Job, Model]:
    """Return a job and what it has made, once it has."""
    job = client.jobs.wait(job_id, SECONDS)
    assert job.model is not None, (job.state, job.error)
    return job, client.models.get(job.model.id)


def sha256(client: Client, job_id: str) -> str:
    """Return the digest of the weights that a job has made, once it has."""
    _, model = trained(client, job_id)
    return model.sha256


def claims(client: Client, job_id: str) -> Generator[str]:
    """Yield the host of each worker that claims a job, from its first on, as it happens, until the job has ended."""
    for event in client.jobs.events(job_id):
        if isinstance(event.data, Change) and event.data.kind == "started":
            yield host_of(str(event.data.data["worker"]))


def host_of(worker: str) -> str:
    """Return the host in a worker's id, `worker@HOST-PID`."""
    return worker.partition("@")[2].rpartition("-")[0]


def _await(client: Client, job_id: str, state: str) -> None:
    def reached() -> bool:
        job = client.jobs.get(job_id)
        assert not job.ended, job
        return job.state == state and job.progress.epoch > 0

    until(reached, SECONDS)
