"""Jobs over HTTP, from their submission to their end."""

import re
from typing import Any

import pytest

from tests.service.harness import Service

XOR: dict[str, Any] = {"data": {"builtin": "xor"}, "training": {"epochs": 3}}


def test_a_submitted_job_is_answered_whole_with_its_address(service: Service) -> None:
    answer = service.post("/v1/jobs", {"name": "xor", "metadata": {"team": "a"}, **XOR})
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"
    assert answer.headers["Retry-After"] == "1"
    assert answer.json["state"] == "queued"
    assert answer.json["waiting_for"] == "worker"
    assert answer.json["progress"] == {
        "epoch": 0,
        "epochs": 3,
        "percent": 0.0,
        "samples_per_second": None,
        "eta_seconds": None,
        "queue_position": 0,
    }
    assert answer.json["metadata"] == {"team": "a"}
    assert answer.json["spec"]["training"]["optimizer"]["learning_rate"] == 0.001
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.json["created_at"])


def test_the_bell_rings_once_a_job(service: Service) -> None:
    service.submit(**XOR)
    assert service.bells == ["bell"]


def test_a_job_without_a_name_is_named_by_its_id(service: Service) -> None:
    job = service.submit(**XOR)
    assert job["name"] == job["id"] == job["spec"]["name"]


def test_a_trained_job_shows_its_model_and_results(service: Service) -> None:
    job = service.train(name="iris", data={"builtin": "iris"}, split={"test": 30}, training={"epochs": 20})
    assert job["model"]["name"] == "iris"
    assert job["model"]["version"] == 1
    assert job["stop_reason"] == "epochs"
    assert job["progress"]["percent"] == 100
    assert set(job["results"]) >= {"train", "test"}
    assert 0 <= job["results"]["test"]["accuracy"] <= 1


def test_a_job_shown_whole_says_how_its_classes_were_told_apart_and_a_list_does_not(service: Service) -> None:
    job = service.train(data={"builtin": "iris"}, split={"test": 30}, training={"epochs": 20})
    evaluation = job["results"]["evaluation"]
    assert (evaluation["rows"], evaluation["classes"]) == ("test", ["setosa", "versicolor", "virginica"])
    assert [sum(row) for row in evaluation["confusion_matrix"]] == [each["support"] for each in evaluation["per_class"]]
    (listed,) = service.get("/v1/jobs").json["data"]
    assert listed["results"] == {part: scores for part, scores in job["results"].items() if part != "evaluation"}


def test_inline_rows_are_stored_as_a_dataset_that_another_job_may_name(service: Service) -> None:
    inline = {"columns": ["a", "kind"], "rows": [[row, "xy"[row % 2]] for row in range(20)]}
    first = service.train(data={"inline": inline}, target="kind", training={"epochs": 2})
    dataset = first["spec"]["data"]["dataset"]
    second = service.train(data={"dataset": dataset}, target="kind", training={"epochs": 2})
    assert second["spec"]["data"] == {"dataset": dataset}


def test_the_same_key_gives_the_first_job_again(service: Service) -> None:
    first = service.post("/v1/jobs", XOR, Idempotency_Key="k1")
    again = service.post("/v1/jobs", XOR, Idempotency_Key="k1")
    spelled_out = service.post("/v1/jobs", {**XOR, "target": "y"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code, spelled_out.status_code) == (202, 200, 200)
    assert first.json["id"] == again.json["id"] == spelled_out.json["id"]
    assert service.bells == ["bell"]


def test_the_same_key_with_another_job_is_a_conflict(service: Service) -> None:
    service.post("/v1/jobs", XOR, Idempotency_Key="k1")
    answer = service.post("/v1/jobs", {"data": {"builtin": "iris"}}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "\xe9"])
def test_a_key_that_is_none_is_refused(service: Service, key: str) -> None:
    answer = service.post("/v1/jobs", XOR, Idempotency_Key=key)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "Idempotency-Key"


def test_lists_page_through_all_jobs_newest_first_without_specs(service: Service) -> None:
    ids = [service.submit(**XOR)["id"] for _ in range(5)]
    seen: list[str] = []
    after = ""
    while True:
        page = service.get(f"/v1/jobs?limit=2{after}").json
        seen += [job["id"] for job in page["data"]]
        assert all("spec" not in job for job in page["data"])
        if not page["has_more"]:
            break
        after = f"&after={page['next']}"
    assert page["next"] is None
    assert seen == ids[::-1]


def test_lists_are_filtered_by_states_and_name(service: Service) -> None:
    waiting = service.submit(name="one", **XOR)["id"]
    cancelled = service.submit(name="two", **XOR)["id"]
    service.client.post(f"/v1/jobs/{cancelled}/cancel")

    def found(query: str) -> set[str]:
        return {job["id"] for job in service.get(f"/v1/jobs?{query}").json["data"]}

    assert found("state=queued") == {waiting}
    assert found("state=queued&state=cancelled") == {waiting, cancelled}
    assert found("name=two") == {cancelled}
    assert found("name=none") == set()


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ("limit=0", "?limit", "at least 1"),
        ("limit=1001", "?limit", "at most 1,000"),
        ("limit=ten", "?limit", "a whole number"),
        ("limit=%20", "?limit", "a whole number"),
        ("limit=", "?limit", "a whole number"),
        ("limit=1&limit=2", "?limit", "once"),
        ("limt=1", "?limt", "'limit'"),
        ("state=don", "?state/0", "there is no 'don'"),
        ("after=%00", "?after", "cannot be kept"),
        ("name=a%20b", "?name", "letters"),
    ],
)
def test_a_query_that_means_nothing_is_refused(service: Service, query: str, pointer: str, words: str) -> None:
    answer = service.get(f"/v1/jobs?{query}")
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]


def test_requests_answer_202_then_200_and_409_where_the_state_forbids(service: Service) -> None:
    path = f"/v1/jobs/{service.submit(**XOR)['id']}"
    steps = ["pause", "pause", "resume", "resume", "cancel", "cancel", "pause", "resume"]
    answers: list[Any] = [service.client.post(f"{path}/{step}") for step in steps]
    assert [answer.status_code for answer in answers] == [202, 200, 202, 200, 202, 200, 409, 409]
    assert [answer.json["state"] for answer in answers[:6]] == [
        "paused",
        "paused",
        "queued",
        "queued",
        "cancelled",
        "cancelled",
    ]
    assert answers[6].json["code"] == "wrong_state"
    assert service.bells == ["bell", "bell"]  # submitted, and resumed


def test_only_an_ended_job_is_deleted_and_its_model_stays(service: Service) -> None:
    queued = service.submit(**XOR)["id"]
    assert service.client.delete(f"/v1/jobs/{queued}").status_code == 409
    service.client.post(f"/v1/jobs/{queued}/cancel")
    done = service.train(name="kept", **XOR)["id"]
    answer = service.client.delete(f"/v1/jobs/{done}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert service.get(f"/v1/jobs/{done}").status_code == 404
    assert service.get("/v1/models/kept").status_code == 200


@pytest.mark.parametrize(("method", "step"), [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/metrics")])
def test_a_job_that_is_not_there_is_404(service: Service, method: str, step: str) -> None:
    for job_id in ("job_0", "x", "mdl_1", "%00", "%F0%9F%98%80", "a" * 1000, "'; --"):
        answer: Any = service.client.open(f"/v1/jobs/{job_id}{step}", method=method)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), job_id


def test_metrics_are_columns_of_every_epoch(service: Service) -> None:
    job = service.train(data={"builtin": "iris"}, split={"validation": 0.2}, training={"epochs": 30})
    columns = service.get(f"/v1/jobs/{job['id']}/metrics").json
    assert columns["epoch"] == list(range(1, 31))
    assert set(columns) == {
        "epoch",
        "loss",
        "accuracy",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
        "seconds",
    }
    assert {len(column) for column in columns.values()} == {30}


def test_metrics_are_given_from_an_epoch_on_and_thinned(service: Service) -> None:
    path = f"/v1/jobs/{service.train(data={'builtin': 'xor'}, training={'epochs': 100})['id']}/metrics"
    assert service.get(f"{path}?since=97").json["epoch"] == [98, 99, 100]
    assert service.get(f"{path}?since=999999999999999999").json["epoch"] == []
    assert service.get(f"{path}?max_points=2").json["epoch"] == [1, 100]
    thinned = service.get(f"{path}?max_points=10").json
    assert 2 < len(thinned["epoch"]) == len(thinned["loss"]) <= 10
    assert (thinned["epoch"][0], thinned["epoch"][-1]) == (1, 100)
    assert service.get(f"{path}?max_points=1").status_code == 422
    assert service.get(f"{path}?max_points=10001").status_code == 422
    assert service.get(f"{path}?since=-1").status_code == 422


def test_a_job_that_has_not_begun_has_no_metrics_yet(service: Service) -> None:
    assert service.get(f"/v1/jobs/{service.submit(**XOR)['id']}/metrics").json == {"epoch": []}


def test_a_diverged_job_fails_and_its_metrics_hold_no_nan(service: Service) -> None:
    sgd = {"name": "sgd", "learning_rate": 1e30}
    job = service.submit(data={"builtin": "diabetes"}, training={"optimizer": sgd, "epochs": 50})
    service.work()
    shown = service.get(f"/v1/jobs/{job['id']}")
    assert (shown.json["state"], shown.json["stop_reason"], shown.json["model"]) == ("failed", "diverged", None)
    metrics = service.get(f"/v1/jobs/{job['id']}/metrics")
    assert metrics.status_code == 200
    assert b"NaN" not in shown.data + metrics.data
    assert b"Infinity" not in shown.data + metrics.data
