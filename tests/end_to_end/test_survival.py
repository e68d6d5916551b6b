"""Jobs survive: whatever dies, freezes or is taken away, each ends, in the same bits as undisturbed."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.end_to_end.stack import Stack, running_stack, until

EPOCHS = 9000  # some seconds
JOB: dict[str, Any] = {
    "data": {"builtin": "moons"},
    "split": {"validation": 0.2},
    "network": {"hidden": [{"units": 24, "activation": "tanh", "dropout": 0.1}]},
    "training": {"epochs": EPOCHS, "batch_size": 16, "optimizer": "adam", "seed": 7},
}


@pytest.fixture(scope="module")
def undisturbed(stack: Stack) -> str:
    """The digest of JOB's weights when nothing happens to it."""
    return stack.sha256(stack.submit(JOB))


@pytest.fixture
def job_id(stack: Stack) -> str:
    """JOB, running."""
    job_id = stack.submit(JOB)
    stack.running(job_id)
    return job_id


def epochs(stack: Stack, job_id: str) -> list[int]:
    metrics: dict[str, list[int]] = stack.get(f"/v1/jobs/{job_id}/metrics?max_points=10000")
    return metrics["epoch"]


def test_a_killed_child_costs_no_bit(stack: Stack, job_id: str, undisturbed: str) -> None:
    for pid in stack.worker_children():
        os.kill(pid, signal.SIGKILL)
    assert stack.sha256(job_id) == undisturbed
    assert stack.job(job_id)["crashes"] == 1
    assert epochs(stack, job_id) == list(range(1, EPOCHS + 1))
    stack.workers_are_back()


def test_a_worker_told_to_stop_gives_its_job_back(stack: Stack, job_id: str, undisturbed: str) -> None:
    (main,) = set(stack.processes("-m worker")) - set(stack.worker_children())
    os.kill(main, signal.SIGTERM)
    until(lambda: main not in stack.processes("-m worker"), 10)
    assert stack.sha256(job_id) == undisturbed
    assert stack.job(job_id)["crashes"] == 0
    stack.workers_are_back()


def test_a_paused_job_resumes_to_the_same_bits(stack: Stack, job_id: str, undisturbed: str) -> None:
    asked = stack.request("POST", f"/v1/jobs/{job_id}/pause")
    assert asked.status == 202
    until(lambda: stack.job(job_id)["state"] == "paused", 5)
    paused_at = stack.job(job_id)["progress"]["epoch"]
    assert stack.request("POST", f"/v1/jobs/{job_id}/resume").status == 202
    assert stack.sha256(job_id) == undisturbed
    assert 0 < paused_at < EPOCHS
    assert stack.job(job_id)["crashes"] == 0


def test_a_cancelled_job_stops(stack: Stack, job_id: str) -> None:
    assert stack.request("POST", f"/v1/jobs/{job_id}/cancel").status == 202
    job = stack.wait(job_id, 10)
    assert (job["state"], job["model"], job["stop_reason"]) == ("cancelled", None, "cancelled")


def test_a_broker_that_comes_back_empty_loses_no_job(
    stack: Stack, surroundings: dict[str, str], undisturbed: str
) -> None:
    jobs = [stack.submit(JOB) for _ in range(4)]
    if surroundings:
        with Redis.from_url(surroundings["BACKPROP_BROKER_URL"]) as redis:
            redis.flushdb()
    else:
        (broker,) = stack.processes("valkey-server")
        os.kill(broker, signal.SIGKILL)
        for log in stack.folder.glob("**/appendonlydir"):
            shutil.rmtree(log)
        until(lambda: set(stack.processes("valkey-server")) - {broker})
    jobs.append(stack.submit(JOB))
    assert {stack.sha256(job_id) for job_id in jobs} == {undisturbed}


def test_a_worker_frozen_past_its_lease_writes_nothing(stack: Stack, job_id: str, undisturbed: str) -> None:
    frozen = stack.worker_children()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        crashed = until(lambda: stack.job(job_id)["crashes"], 20)
        seen = stack.job(job_id)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    assert stack.sha256(job_id) == undisturbed
    assert (crashed, seen["state"]) == (1, "queued")
    assert len(stack.get(f"/v1/models?name={job_id}")["data"]) == 1
    assert epochs(stack, job_id) == list(range(1, EPOCHS + 1))
    stack.workers_are_back()


def test_a_burst_of_jobs_all_end(stack: Stack) -> None:
    small = {"data": {"builtin": "xor"}, "training": {"epochs": 5}}
    jobs = [stack.submit(small) for _ in range(40)]
    assert {stack.wait(job_id)["state"] for job_id in jobs} == {"succeeded"}


def test_a_short_job_does_not_wait_for_a_long_one(tmp_path: Path) -> None:
    with running_stack(tmp_path / "var", BACKPROP_CONCURRENCY="1", BACKPROP_SLICE_SECONDS="0.5") as alone:
        long = alone.submit(JOB | {"training": {"epochs": 1_000_000}})
        alone.running(long)
        short = alone.submit({"data": {"builtin": "xor"}, "training": {"epochs": 5}})
        assert alone.wait(short, 10)["state"] == "succeeded"
        assert alone.running(long, 2)["crashes"] == 0
        alone.request("POST", f"/v1/jobs/{long}/cancel")
        assert alone.wait(long, 10)["state"] == "cancelled"
