"""Reads: conditional ones, metrics as a table, and who is there to work."""

import csv
import io
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from backprop.store import presence
from backprop.store.database import clock
from backprop.store.presence import Presence
from backprop.store.tables import Job, Worker
from tests.backprop.store.situations import take
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


def test_the_format_in_the_address_wins_over_what_is_accepted(service: Service) -> None:
    address = f"/v1/jobs/{service.train(**JOB)['id']}/metrics"
    table = service.get(f"{address}?format=csv&since=28")
    assert table.text.split("\r\n")[0].startswith("epoch,loss,")
    assert len(table.text.splitlines()) == 3
    assert service.get(f"{address}?format=json", Accept="text/csv").is_json
    assert service.get(f"{address}?format=xml").json["errors"][0]["pointer"] == "?format"
    assert table.headers["Vary"] == service.get(address).headers["Vary"] == "Accept"


def test_events_are_given_after_one_and_a_page_at_a_time(service: Service) -> None:
    address = f"/v1/jobs/{service.train(**JOB)['id']}/events"
    kinds = [event["kind"] for event in service.get(f"{address}?after=1").json["data"]]
    assert kinds == ["started", "succeeded"]
    page = service.get(f"{address}?limit=2").json
    assert ([event["seq"] for event in page["data"]], page["has_more"], page["next"]) == ([1, 2], True, "2")
    page = service.get(f"{address}?limit=2&after={page['next']}").json
    assert ([event["seq"] for event in page["data"]], page["has_more"], page["next"]) == ([3], False, None)
    assert service.get(f"{address}?after=999999999999999999").json["data"] == []
    assert service.get(f"{address}?after=-1").status_code == 422


def test_jobs_are_filtered_by_what_is_in_their_metadata(service: Service) -> None:
    def found(query: str) -> list[str]:
        return [job["name"] for job in service.get(f"/v1/jobs?{query}").json["data"]]

    service.submit(name="a", metadata={"team": "a", 'it"s $.odd': "é%_"}, **JOB)
    service.submit(name="b", metadata={"team": "b", "stage": "a"}, **JOB)
    service.submit(name="c", **JOB)
    assert found("metadata.team=a") == ["a"]
    assert found("metadata.team=b&metadata.stage=a") == ["b"]
    assert found("metadata.team=b&name=a") == []
    assert found("metadata.stage=b") == []
    assert found(urlencode({'metadata.it"s $.odd': "é%_"})) == ["a"]
    assert found("metadata.team=") == []


def test_jobs_are_filtered_by_when_they_were_made(service: Service) -> None:
    def found(query: str) -> list[str]:
        return [job["name"] for job in service.get(f"/v1/jobs?{query}").json["data"]]

    for seconds, name in enumerate("abc"):
        job_id = service.submit(name=name, **JOB)["id"]
        with service.database.writing() as session:
            session.execute(update(Job).where(Job.id == job_id).values(created_at=seconds + 0.0004))
    assert found("created_after=1970-01-01T00:00:01Z") == ["c", "b"]
    assert found("created_before=1970-01-01T00:00:01.000Z") == ["a"]
    assert found("created_after=1970-01-01T00:00:01Z&created_before=1970-01-01T00:00:02Z") == ["b"]
    assert found("created_after=1970-01-01T02:00:01.5%2B02:00") == ["c"]
    assert found("created_before=1970-01-01t00:00:00z") == []


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ("created_after=yesterday", "?created_after", "a time such as"),
        ("created_after=2030-01-31", "?created_after", "a time such as"),
        ("created_after=2030-02-31T00:00:00Z", "?created_after", "a time such as"),
        ("created_before=2030-01-31T00:00:00", "?created_before", "a time such as"),
        ("created_before=2030-01-31T00:00:00+01:00", "?created_before", "%2B"),
        ("created_before=0001-01-01T00:00:00%2B23:59", "?created_before", "a time such as"),
        ("metadata=a", "?metadata", "metadata.team=a"),
        ("metadata=a&metadata.team=a", "?metadata", "metadata.team=a"),
        ("metadata.=a", "?metadata.", "1 to 64 characters"),
        (f"metadata.{'k' * 65}=a", f"?metadata.{'k' * 65}", "1 to 64 characters"),
        (f"metadata.team={'a' * 513}", "?metadata.team", "at most 512"),
        ("metadata.team=%00", "?metadata.team", "cannot be kept"),
        ("metadata.team=a&metadata.team=b", "?metadata.team", "once"),
        ("metadata.team=a&limit=0", "?limit", "at least 1"),
        ("&".join(f"metadata.k{number}=a" for number in range(17)), "?metadata", "at most 16"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(service: Service, query: str, pointer: str, words: str) -> None:
    answer = service.get(f"/v1/jobs?{query}")
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]


def test_the_workers_are_seen(service: Service) -> None:
    assert service.get("/v1/workers").json == {"data": []}
    presence.beat(service.database, Presence("worker@here", "worker", 2))
    (worker,) = service.get("/v1/workers").json["data"]
    assert (worker["id"], worker["kind"], worker["slots"]) == ("worker@here", "worker", 2)
    with service.database.writing() as session:
        session.execute(update(Worker).values(beaten_at=clock() - 100))
    assert service.get("/v1/workers").json == {"data": []}, "it is dead"


def test_the_queue_counts_what_waits_and_runs_and_the_longest_wait(service: Service) -> None:
    empty = {"queued": 0, "running": 0, "slots": 0, "oldest_seconds": None}
    assert service.get("/v1/queue").json == empty
    presence.beat(service.database, Presence("worker@here", "worker", 3))
    presence.beat(service.database, Presence("keeper@here", "keeper", 0))
    jobs = [service.submit(**JOB)["id"] for _ in range(4)]
    take(service.database)
    service.client.post(f"/v1/jobs/{jobs[3]}/pause")
    with service.database.writing() as session:
        session.execute(update(Job).where(Job.id == jobs[2]).values(queued_at=clock() - 100))
    queue = service.get("/v1/queue").json
    assert (queue["queued"], queue["running"], queue["slots"]) == (2, 1, 3)
    assert queue["oldest_seconds"] >= 100


def test_the_health_of_training_layer_by_layer(service: Service) -> None:
    job = service.train(data={"builtin": "iris"}, training={"epochs": 30}, network={"hidden": [{"units": 6}]})
    health = service.get(f"/v1/jobs/{job['id']}/health").json
    assert {1, 30} <= set(health["epoch"])
    assert [layer["layer"] for layer in health["layers"]] == [1, 2]
    hidden, output = health["layers"]
    looked = len(health["epoch"])
    assert all(len(layer[name]) == looked for layer in (hidden, output) for name in ("gradient_norm", "update_ratio"))
    assert all(0 <= share < 1 for share in hidden["idle"])
    assert output["idle"] == [None] * looked  # softmax has no dead units
    assert set(service.get(f"/v1/jobs/{job['id']}/metrics").json) == {
        "epoch", "loss", "accuracy", "learning_rate", "seconds",
    }  # fmt: skip


def test_a_job_that_has_not_begun_has_no_health_yet(service: Service) -> None:
    job = service.submit(data={"builtin": "iris"})
    assert service.get(f"/v1/jobs/{job['id']}/health").json == {"epoch": [], "layers": []}
