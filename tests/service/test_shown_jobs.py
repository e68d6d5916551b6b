"""Jobs as they were shown last: never otherwise than they are."""

from itertools import pairwise
from typing import Any

from backprop.store import presence
from backprop.store.jobs import reading
from backprop.store.presence import Presence
from service.answers import as_json
from service.shown_jobs import MOST_BYTES, ShownJobs
from tests.backprop.store.situations import take
from tests.service.harness import Service

JOB: dict[str, Any] = {"data": {"builtin": "iris"}, "training": {"epochs": 30}}


def test_a_job_is_shown_as_it_is_at_every_step_of_its_life(service: Service) -> None:
    shown_jobs = ShownJobs(service.database)
    ahead, job_id = service.submit(**JOB)["id"], service.submit(**JOB)["id"]
    tags: list[str] = []

    def is_shown_anew() -> None:
        for _ in range(2):
            shown = shown_jobs.show("local", job_id)
            assert shown.content == as_json(reading.show(service.database, "local", job_id))
            tags.append(shown.tag)

    is_shown_anew()
    service.post(f"/v1/jobs/{ahead}/cancel", None)
    is_shown_anew()
    presence.beat(service.database, Presence("worker@here", "worker", 1))
    is_shown_anew()
    service.post(f"/v1/jobs/{job_id}/pause", None)
    is_shown_anew()
    service.post(f"/v1/jobs/{job_id}/resume", None)
    is_shown_anew()
    take(service.database)
    is_shown_anew()
    service.post(f"/v1/jobs/{job_id}/pause", None)
    is_shown_anew()
    assert tags[::2] == tags[1::2]
    assert all(before != after for before, after in pairwise(tags[::2]))


def test_a_job_that_has_ended_is_shown_anew_when_its_model_is_gone(service: Service) -> None:
    shown_jobs = ShownJobs(service.database)
    job_id = service.submit(**JOB)["id"]
    queued = shown_jobs.show("local", job_id)
    service.work()
    ended = shown_jobs.show("local", job_id)
    assert ended.content == service.get(f"/v1/jobs/{job_id}").data != queued.content
    service.client.delete(f"/v1/models/{job_id}")
    assert b'"model":null' in shown_jobs.show("local", job_id).content


def test_a_long_one_is_not_kept_and_shown_all_the_same(service: Service) -> None:
    shown_jobs = ShownJobs(service.database)
    rows = {"inputs": [[number] for number in range(3)], "targets": [1.5, 2.5, 3.5]}
    weights = [[[0.123456789012345] * 4000]]
    long = service.submit(
        data={"inline": rows}, network={"hidden": [{"units": 4000}], "weights": [*weights, [[0.5]] * 4000]}
    )
    first = shown_jobs.show("local", long["id"])
    assert len(first.content) > MOST_BYTES
    assert shown_jobs.show("local", long["id"]) == first
