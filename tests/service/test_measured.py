"""Metrics that a job asks for by name, over HTTP."""

import csv
import io

import pytest

from tests.service.harness import Service

NAMES = ["f1_macro", "roc_auc"]


def asking(names: list[str], **job: object) -> dict[str, object]:
    return {"data": {"builtin": "iris"}, "training": {"epochs": 6, "metrics": names}, "split": {"validation": 20}} | job


def test_metrics_asked_for_are_columns_and_results(service: Service) -> None:
    job = service.train(**asking(NAMES))
    assert job["spec"]["training"]["metrics"] == NAMES
    shown = service.get(f"/v1/jobs/{job['id']}/metrics").json
    table = list(csv.DictReader(io.StringIO(service.get(f"/v1/jobs/{job['id']}/metrics?format=csv").text)))
    for name in NAMES:
        for column in (name, f"validation_{name}"):
            assert len(shown[column]) == 6
            assert [float(row[column]) for row in table] == shown[column]
        assert job["results"]["train"][name] == shown[name][-1]
    assert job["results"]["test"] is None


def test_a_figure_that_no_epoch_has_is_null(service: Service) -> None:
    # Of six rows, two are for validation: three classes cannot all be among them.
    rows = [[value, "abc"[value % 3]] for value in range(6)]
    data = {"inline": {"columns": ["x", "y"], "rows": rows}}
    job = service.train(**asking(["roc_auc"], data=data, target="y", split={"validation": 2}))
    shown = service.get(f"/v1/jobs/{job['id']}/metrics")
    assert shown.json["validation_roc_auc"] == [None] * 6
    assert job["results"]["validation"]["roc_auc"] is None
    assert "NaN" not in shown.text
    table = service.get(f"/v1/jobs/{job['id']}/metrics?format=csv").text
    assert "nan" not in table.lower()


@pytest.mark.parametrize(
    ("name", "says"),
    [("r2", "f1_macro"), ("top_3_accuracy", "3 classes"), ("f1", "f1_macro"), ("loss", "log_loss")],
)
def test_a_metric_that_does_not_go_is_refused_with_those_that_do(service: Service, name: str, says: str) -> None:
    answer = service.post("/v1/jobs", asking(["accuracy", name]))
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["pointer"] == "#/training/metrics/1"
    assert says in error["detail"]


def test_the_description_names_every_column(service: Service) -> None:
    schemas = service.get("/openapi.json").json["components"]["schemas"]
    assert {"loss", "f1_macro", "validation_f1_macro", "mape"} < set(schemas["Metrics"]["properties"])
    assert "description" in schemas["Metrics"]["properties"]["roc_auc"]
