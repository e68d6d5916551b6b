"""Predictions for whole datasets, through HTTP and a worker, on every database."""

import csv
import io
import json
from typing import Any

import pytest
from pyarrow import parquet

from tests.service.harness import Service

FRUIT = "grams,skin,kind,id\n" + "".join(
    f"{140 + row % 37},{'smooth' if row % 3 else 'rough'},{'apple' if row % 3 else 'orange'},fruit-{row}\n"
    for row in range(60)
)
BAD = "grams,skin,id\n150,smooth,a\n,smooth,b\n140,hairy,c\n1e300,rough,d\n"
JOB: dict[str, Any] = {
    "name": "fruit",
    "target": "kind",
    "features": ["grams", "skin"],
    "preprocessing": {"missing": "error"},
    "training": {"epochs": 5},
}


def upload(service: Service, text: str) -> str:
    answer: Any = service.client.post("/v1/datasets", data=text, content_type="text/csv")
    assert answer.status_code in {200, 201}, answer.json
    dataset_id: str = answer.json["id"]
    return dataset_id


def ask(service: Service, dataset_id: str, **more: Any) -> Any:
    return service.post("/v1/predictions", {"model": "fruit", "data": {"dataset": dataset_id}, **more})


def predict(service: Service, dataset_id: str, **more: Any) -> dict[str, Any]:
    """Ask for a prediction, work as a worker does, and return it as it is shown then."""
    answer = ask(service, dataset_id, **more)
    assert answer.status_code == 202, answer.json
    service.work()
    shown: dict[str, Any] = service.get(answer.headers["Location"]).json
    return shown


def lines(service: Service, prediction: dict[str, Any]) -> list[dict[str, Any]]:
    answer = service.get(f"/v1/predictions/{prediction['id']}/result?format=ndjson")
    assert answer.status_code == 200, answer.json
    return [json.loads(line) for line in answer.text.splitlines()]


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json
    return shown


@pytest.fixture
def fruit(service: Service) -> str:
    """A dataset, on which a model `fruit` has been trained."""
    dataset_id = upload(service, FRUIT)
    service.train(data={"dataset": dataset_id}, **JOB)
    return dataset_id


def test_a_prediction_is_a_job_whose_result_has_a_row_for_each_row(service: Service, fruit: str) -> None:
    answer = ask(service, fruit, include=["id"], metadata={"team": "a"})
    assert answer.status_code == 202
    assert (answer.json["state"], answer.json["progress"]["total"]) == ("queued", 60)
    assert service.bells[-1:] == ["bell"]
    service.work()
    shown = service.get(answer.headers["Location"]).json
    assert (shown["state"], shown["results"]) == ("succeeded", {"rows": 60, "rejected": 0})
    assert (shown["model"]["name"], shown["data"], shown["metadata"]) == ("fruit", {"dataset": fruit}, {"team": "a"})
    assert (shown["progress"]["rows"], shown["progress"]["percent"]) == (60, 100.0)
    rows = lines(service, shown)
    assert [row["id"] for row in rows] == [f"fruit-{row}" for row in range(60)]
    assert list(rows[0]) == ["id", "prediction", "output_apple", "output_orange"]


def test_its_rows_have_the_bits_that_predict_answers(service: Service, fruit: str) -> None:
    rows = lines(service, predict(service, fruit, include=["grams", "skin"]))
    instances = [[row["grams"], row["skin"]] for row in rows]
    answered = service.post("/v1/models/fruit/predict", {"instances": instances}).json
    assert [row["prediction"] for row in rows] == answered["predictions"]
    assert [[row["output_apple"], row["output_orange"]] for row in rows] == answered["outputs"]


def test_a_result_is_the_same_as_csv_and_as_parquet(service: Service, fruit: str) -> None:
    shown = predict(service, fruit, include="all")
    path = f"/v1/predictions/{shown['id']}/result"
    rows = lines(service, shown)
    as_csv = service.get(path, Accept="text/csv")
    assert as_csv.mimetype == "text/csv"
    table = list(csv.DictReader(io.StringIO(as_csv.text)))
    assert [{key: str(value) for key, value in row.items()} for row in rows] == table
    as_parquet = service.get(path, Accept="application/vnd.apache.parquet")
    assert parquet.read_table(io.BytesIO(as_parquet.data)).to_pylist() == rows
    assert service.get(path).mimetype == "text/csv"
    tag = as_csv.headers["ETag"]
    assert service.get(path, If_None_Match=tag).status_code == 304


@pytest.mark.usefixtures("fruit")
def test_times_booleans_and_gaps_come_back_as_they_were(service: Service) -> None:
    dataset = upload(service, "grams,skin,at,ripe,n\n150,smooth,2030-01-31T12:00:00Z,true,\n140,rough,,,7\n")
    shown = predict(service, dataset, include=["at", "ripe", "n"], **{"return": ["predictions"]})
    rows = [{key: row[key] for key in ("at", "ripe", "n")} for row in lines(service, shown)]
    assert rows == [{"at": "2030-01-31T12:00:00Z", "ripe": True, "n": None}, {"at": None, "ripe": None, "n": 7}]
    text = service.get(f"/v1/predictions/{shown['id']}/result").text
    assert text.splitlines()[1].startswith('"2030-01-31T12:00:00Z",true,,')


@pytest.mark.usefixtures("fruit")
def test_a_bad_row_fails_the_prediction_and_is_named(service: Service) -> None:
    shown = predict(service, upload(service, BAD))
    assert (shown["state"], shown["error"]["code"]) == ("failed", "missing_value")
    assert shown["error"]["detail"].startswith("#/data: row 1, column 'grams': 'grams' has no value; with \"on_error\"")
    refused = problem(service.get(f"/v1/predictions/{shown['id']}/result"), 409)
    assert refused["code"] == "no_result"


@pytest.mark.usefixtures("fruit")
def test_bad_rows_stay_empty_with_their_reasons_where_that_is_asked_for(service: Service) -> None:
    shown = predict(service, upload(service, BAD), on_error="null", include=["id"])
    assert (shown["state"], shown["results"]) == ("succeeded", {"rows": 4, "rejected": 3})
    rows = lines(service, shown)
    assert [row["id"] for row in rows] == ["a", "b", "c", "d"]
    assert [row["prediction"] is None for row in rows] == [False, True, True, True]
    assert [row["output_apple"] is None for row in rows] == [False, True, True, True]
    assert [row["reason"] for row in rows] == [
        None,
        "column 'grams': 'grams' has no value",
        "column 'skin': 'skin' knows 'rough', 'smooth' only",
        "column 'grams': the number is too large for float32",
    ]


@pytest.mark.usefixtures("fruit")
@pytest.mark.parametrize(
    ("text", "pointer", "code", "said"),
    [
        ("skin,gram\nsmooth,1\n", "#/data", "unknown_column", "'grams', which is no column; there is 'gram'"),
        ("grams,skin\n1,2\n", "#/data", "wrong_type", "'skin' is numeric, and the model takes it as text; upload"),
    ],
)
def test_data_that_lacks_what_the_model_takes_is_refused(
    service: Service, text: str, pointer: str, code: str, said: str
) -> None:
    (error,) = problem(ask(service, upload(service, text)), 422)["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert said in error["detail"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"model": "nobody"}, "#/model", "unknown_model"),
        ({"model": None}, "#/model", "null"),
        ({"data": {"dataset": "ds_0"}}, "#/data/dataset", "unknown_dataset"),
        ({"data": {}}, "#/data", "wrong_keys"),
        ({"data": {"inline": {}}}, "#/data/inline", "unknown_key"),
        ({"include": ["nothing"]}, "#/include/0", "unknown_column"),
        ({"include": ["id", "id"]}, "#/include/0", "duplicate"),
        ({"include": "some"}, "#/include", "wrong_type"),
        ({"return": []}, "#/return", "wrong_length"),
        ({"on_error": "ignore"}, "#/on_error", "unknown_name"),
        ({"formats": ["csv"]}, "#/formats", "unknown_key"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    service: Service, fruit: str, change: dict[str, Any], pointer: str, code: str
) -> None:
    errors = problem(ask(service, fruit, **change), 422)["errors"]
    assert (errors[0]["pointer"], errors[0]["code"]) == (pointer, code)


@pytest.mark.usefixtures("fruit")
def test_a_column_of_the_results_own_name_cannot_be_carried_through(service: Service) -> None:
    dataset = upload(service, "grams,skin,prediction\n150,smooth,x\n")
    (error,) = problem(ask(service, dataset, include="all"), 422)["errors"]
    assert (error["pointer"], error["code"]) == ("#/include/2", "conflict")


@pytest.mark.usefixtures("fruit")
def test_a_feature_without_any_value_may_be_of_any_kind(service: Service) -> None:
    shown = predict(service, upload(service, "grams,skin\n150,\n"), on_error="null")
    assert [row["reason"] for row in lines(service, shown)] == ["column 'skin': 'skin' has no value"]


def test_a_model_and_a_dataset_that_wait_for_a_prediction_stay(service: Service, fruit: str) -> None:
    other = upload(service, "grams,skin\n150,smooth\n")
    shown = ask(service, other).json
    assert shown["id"] in problem(service.client.delete(f"/v1/datasets/{other}"), 409)["detail"]
    refused = problem(service.client.delete("/v1/models/fruit"), 409)
    assert (refused["code"], shown["id"] in refused["detail"]) == ("in_use", True)
    service.work()
    assert service.client.delete(f"/v1/datasets/{other}").status_code == 204
    assert service.client.delete("/v1/models/fruit").status_code == 204
    assert service.get(f"/v1/predictions/{shown['id']}").json["model"] is None
    assert len(lines(service, shown)) == 1
    assert service.client.delete(f"/v1/datasets/{fruit}").status_code == 204


def test_a_prediction_is_paused_resumed_cancelled_and_deleted(service: Service, fruit: str) -> None:
    path = ask(service, fruit).headers["Location"]
    assert problem(service.client.delete(path), 409)["code"] == "wrong_state"
    assert problem(service.get(f"{path}/result"), 409)["code"] == "no_result"
    paused = service.post(f"{path}/pause", None)
    assert (paused.status_code, paused.json["state"]) == (202, "paused")
    assert service.post(f"{path}/pause", None).status_code == 200
    resumed = service.post(f"{path}/resume", None)
    assert (resumed.status_code, resumed.json["state"], len(service.bells)) == (202, "queued", 3)
    cancelled = service.post(f"{path}/cancel", None)
    assert (cancelled.status_code, cancelled.json["state"]) == (202, "cancelled")
    assert problem(service.post(f"{path}/resume", None), 409)["code"] == "wrong_state"
    kinds = [event["kind"] for event in service.get(f"{path}/events").json["data"]]
    assert kinds == ["queued", "paused", "queued", "cancelled"]
    assert service.client.delete(path).status_code == 204
    assert problem(service.get(path), 404)["detail"].startswith("there is no prediction")


def test_a_deleted_prediction_leaves_no_file(service: Service, fruit: str) -> None:
    shown = predict(service, fruit)
    lines(service, shown)
    assert len(list(service.database.blob_dir.glob("results/*"))) == 1
    assert service.client.delete(f"/v1/predictions/{shown['id']}").status_code == 204
    assert list(service.database.blob_dir.glob("results/*")) == []


def test_predictions_and_trainings_are_lists_of_their_own(service: Service, fruit: str) -> None:
    first, second = predict(service, fruit), ask(service, fruit).json
    assert [one["id"] for one in service.get("/v1/predictions").json["data"]] == [second["id"], first["id"]]
    assert [one["id"] for one in service.get("/v1/predictions?state=succeeded").json["data"]] == [first["id"]]
    assert service.get("/v1/predictions?model=other").json["data"] == []
    page = service.get("/v1/predictions?limit=1").json
    assert [one["id"] for one in service.get(f"/v1/predictions?after={page['next']}").json["data"]] == [first["id"]]
    (job,) = service.get("/v1/jobs").json["data"]
    assert service.get(f"/v1/jobs/{second['id']}").status_code == 404
    assert service.get(f"/v1/predictions/{job['id']}").status_code == 404
    assert service.post(f"/v1/jobs/{second['id']}/cancel", None).status_code == 404
    assert service.client.delete(f"/v1/predictions/{job['id']}").status_code == 404


def test_an_idempotency_key_makes_one_prediction(service: Service, fruit: str) -> None:
    body = {"model": "fruit", "data": {"dataset": fruit}}
    first = service.post("/v1/predictions", body, Idempotency_Key="k")
    again = service.post("/v1/predictions", body, Idempotency_Key="k")
    assert (first.status_code, again.status_code, first.json["id"] == again.json["id"]) == (202, 200, True)
    other = service.post("/v1/predictions", body | {"on_error": "null"}, Idempotency_Key="k")
    assert problem(other, 409)["code"] == "idempotency_key_reused"
    job = service.post("/v1/jobs", {"data": {"builtin": "iris"}}, Idempotency_Key="k")
    assert problem(job, 409)["code"] == "idempotency_key_reused"


@pytest.mark.usefixtures("fruit")
def test_a_regression_of_several_targets_has_a_column_for_each(service: Service) -> None:
    rows = "".join(f"{row},{2 * row},{row * row}\n" for row in range(30))
    dataset = upload(service, "a,b,c\n" + rows)
    service.train(name="pair", data={"dataset": dataset}, target=["b", "c"], training={"epochs": 2})
    shown = predict(service, dataset, model="pair")
    answered = service.post("/v1/models/pair/predict", {"instances": [[row] for row in range(30)]}).json
    found = lines(service, shown)
    assert [[row["prediction_b"], row["prediction_c"]] for row in found] == answered["predictions"]
    assert [[row["output_b"], row["output_c"]] for row in found] == answered["outputs"]
