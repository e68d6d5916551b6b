"""Reads: conditional ones, metrics as a table, and who is there to work."""

import csv
import io

from backprop.store import presence
from backprop.store.presence import Presence
from tests.service.harness import Service

JOB = {"data": {"builtin": "iris"}, "training": {"epochs": 30}}


def test_what_a_client_has_already_is_not_sent_again(service: Service) -> None:
    job_id = service.submit(**JOB)["id"]
    address = f"/v1/jobs/{job_id}"
    first = service.get(address)
    tag = first.headers["ETag"]
    again = service.get(address, If_None_Match=tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    service.work()
    changed = service.get(address, If_None_Match=tag)
    assert (changed.status_code, changed.json["state"]) == (200, "succeeded")
    assert changed.headers["ETag"] != tag
    model = f"/v1/models/{job_id}"
    assert service.get(model, If_None_Match=service.get(model).headers["ETag"]).status_code == 304


def test_errors_carry_no_tag(service: Service) -> None:
    assert "ETag" not in service.get("/v1/jobs/job_0").headers


def test_metrics_as_a_table(service: Service) -> None:
    address = f"/v1/jobs/{service.train(**JOB)['id']}/metrics"
    answer = service.get(address, Accept="text/csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    columns = service.get(address).json
    assert [int(row["epoch"]) for row in rows] == columns["epoch"] == list(range(1, 31))
    assert [float(row["loss"]) for row in rows] == columns["loss"]
    assert set(rows[0]) == set(columns)


def test_the_workers_and_the_queue_are_seen(service: Service) -> None:
    assert service.get("/v1/workers").json == {"data": []}
    presence.beat(service.database, Presence("worker@here", "worker", 2))
    service.submit(**JOB)
    (worker,) = service.get("/v1/workers").json["data"]
    assert (worker["id"], worker["kind"], worker["slots"]) == ("worker@here", "worker", 2)
    queue = service.get("/v1/queue").json
    assert (queue["queued"], queue["slots"]) == (1, 2)
    assert queue["oldest_seconds"] >= 0
