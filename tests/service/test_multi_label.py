"""Labels, of which a row has any number, from the table to predictions, over HTTP."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.harness import Service

RANDOM = np.random.RandomState(11)
POINTS = RANDOM.uniform(-1, 1, (80, 2)).round(3).tolist()
ROWS = [[x, y, x > 0, int(y > 0), float(x + y > 0)] for x, y in POINTS]
COLUMNS = ["x", "y", "right", "high", "far"]
JOB: dict[str, Any] = {
    "name": "signs",
    "data": {"inline": {"columns": COLUMNS, "rows": ROWS}},
    "target": ["right", "high", "far"],
    "task": "multi_label",
    "split": {"test": 20},
    "training": {"epochs": 60, "optimizer": {"name": "adam", "learning_rate": 0.05}},
}
FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def errors(service: Service, **changes: Any) -> list[tuple[str, str]]:
    answer = service.post("/v1/jobs", JOB | changes)
    assert answer.status_code == 422, answer.json
    assert all(error["detail"] for error in answer.json["errors"])
    return [(error["pointer"], error["code"]) for error in answer.json["errors"]]


def predict(service: Service, ref: str, instances: Any) -> Any:
    answer = service.post(f"/v1/models/{ref}/predict", {"instances": instances})
    assert answer.status_code == 200, answer.json
    return answer.json


def test_labels_are_learnt_and_predicted_as_their_columns_write_them(service: Service) -> None:
    job = service.train(**JOB)
    spec = job["spec"]
    assert (spec["task"], spec["network"]["output"]["activation"]) == ("multi_label", "sigmoid")
    assert (spec["training"]["loss"], spec["preprocessing"]["target"]) == ("binary_cross_entropy", "none")
    assert job["results"]["test"]["hamming_loss"] < 0.2
    found = predict(service, "signs", [[0.9, -0.8], {"x": -0.9, "y": 0.1}][:1])
    assert found["classes"] == JOB["target"]
    assert service.get("/v1/models/signs").json["classes"] == JOB["target"]
    (prediction,), (outputs,) = found["predictions"], found["outputs"]
    assert prediction[:2] == [True, 0]
    assert [type(value) for value in prediction] == [bool, int, float]
    assert [bool(value) for value in prediction] == [output > 0.5 for output in outputs]


def test_a_record_may_carry_its_labels(service: Service) -> None:
    service.train(**JOB)
    records = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS[:5]]
    rows = [row[:2] for row in ROWS[:5]]
    assert predict(service, "signs", records)["outputs"] == predict(service, "signs", rows)["outputs"]


def test_the_report_is_of_each_label_and_figures_are_told_of_every_epoch(service: Service) -> None:
    names = ["hamming_loss", "f1_micro", "roc_auc"]
    job = service.train(**JOB | {"training": {"epochs": 5, "metrics": names}})
    evaluation, results = job["results"]["evaluation"], job["results"]["test"]
    assert (evaluation["rows"], evaluation["labels"]) == ("test", JOB["target"])
    assert [sum(map(sum, label["confusion_matrix"])) for label in evaluation["per_label"]] == [20, 20, 20]
    wrong = sum(label["confusion_matrix"][0][1] + label["confusion_matrix"][1][0] for label in evaluation["per_label"])
    assert results["hamming_loss"] == pytest.approx(wrong / 60)
    assert evaluation["micro"]["f1"] == pytest.approx(results["f1_micro"])
    columns = service.get(f"/v1/jobs/{job['id']}/metrics").json
    assert all(len(columns[name]) == 5 for name in ["accuracy", *names])


def test_an_epochs_accuracy_is_the_share_of_rows_of_which_every_label_is_right(service: Service) -> None:
    # At a rate of next to nothing the epoch's parameters are those of the end.
    training = {"epochs": 1, "batch_size": "full", "optimizer": {"name": "sgd", "learning_rate": 1e-9}}
    service.train(**JOB | {"training": JOB["training"] | {"epochs": 2}})
    begun = {"network": {"start_from": "signs"}, "split": {"validation": 20}}
    job = service.train(**JOB | {"training": training} | begun)
    columns = service.get(f"/v1/jobs/{job['id']}/metrics").json
    results = job["results"]
    assert columns["accuracy"] == [pytest.approx(results["train"]["accuracy"])]
    assert columns["validation_accuracy"] == [pytest.approx(results["validation"]["accuracy"])]
    assert 0 < results["train"]["accuracy"] < 1 - results["train"]["hamming_loss"]


def test_several_booleans_are_taken_for_labels_and_the_job_says_so(service: Service) -> None:
    inputs = [[x, y] for x, y in POINTS]
    inline = {"inputs": inputs, "targets": [[x > 0, y > 0] for x, y in POINTS]}
    job = service.train(name="two", data={"inline": inline}, training={"epochs": 2})
    assert (job["spec"]["task"], job["spec"]["target"]) == ("multi_label", ["y1", "y2"])
    numbers = {"inputs": inputs, "targets": [[int(x > 0), int(y > 0)] for x, y in POINTS]}
    assert service.submit(data={"inline": numbers})["spec"]["task"] == "regression"
    assert service.submit(data={"inline": numbers}, task="multi_label")["spec"]["task"] == "multi_label"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"target": ["right"]}, [("#/task", "conflict")]),
        ({"target": ["right", "x"]}, [("#/task", "conflict")]),
        ({"task": "classification"}, [("#/task", "conflict")]),
        ({"network": {"output": {"activation": "softmax"}}}, [("#/network/output/activation", "conflict")]),
        ({"network": {"output": {"activation": "identity"}}}, [("#/network/output/activation", "conflict")]),
        ({"training": {"loss": "cross_entropy"}}, [("#/training/loss", "conflict")]),
        ({"training": {"loss": "hinge"}}, [("#/training/loss", "conflict")]),
        ({"training": {"loss": "poisson"}}, [("#/training/loss", "conflict")]),
        ({"training": {"class_weight": "balanced"}}, [("#/training/class_weight", "conflict")]),
        ({"training": {"metrics": ["top_2_accuracy"]}}, [("#/training/metrics/0", "conflict")]),
        ({"preprocessing": {"target": "standard"}}, [("#/preprocessing/target", "conflict")]),
    ],
)
def test_what_labels_do_not_have_is_refused(
    service: Service, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert errors(service, **changes) == expected


def test_rows_are_stratified_by_their_labels_and_early_stopping_heeds_accuracy(service: Service) -> None:
    stop = {"patience": 2, "monitor": "validation_accuracy"}
    split = {"validation": 20, "test": 20, "stratify": True}
    columns, target = COLUMNS[:4], JOB["target"][:2]
    data = {"inline": {"columns": columns, "rows": [row[:4] for row in ROWS]}}
    job = service.train(data=data, target=target, task="multi_label", split=split, training={"epochs": 3, "stop": stop})
    rows = service.get(f"/v1/jobs/{job['id']}/rows?part=test").json["rows"]
    quadrants = [(ROWS[row][2], ROWS[row][3]) for row in rows]
    assert len(set(quadrants)) == 4


@pytest.mark.parametrize(("kind", "says"), [("confusion", "results.evaluation"), ("residuals", "curves")])
def test_plots_of_other_tasks_are_refused_and_curves_are_not(service: Service, kind: str, says: str) -> None:
    job = service.train(**JOB | {"training": {"epochs": 1}})
    answer = service.get(f"/v1/jobs/{job['id']}/plot.svg?kind={kind}")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "wrong_task")
    assert says in answer.json["errors"][0]["detail"]


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows, labels = draw(st.integers(1, 8)), draw(st.integers(2, 4))
    kinds: list[st.SearchStrategy[Any]] = [st.booleans(), st.sampled_from([0, 1]), st.sampled_from([0.0, 1.0])]
    columns = {f"l{place}": draw(st.sampled_from(kinds)) for place in range(labels)}
    table = {name: draw(st.lists(kind, min_size=rows, max_size=rows)) for name, kind in columns.items()}
    return {"x": draw(st.lists(st.floats(-1e6, 1e6), min_size=rows, max_size=rows)), **table}


@FEW
@given(table=tables())
def test_any_table_of_labels_trains_and_predicts(service: Service, table: dict[str, list[Any]]) -> None:
    names = [*table]
    inline = {"columns": names, "rows": [list(row) for row in zip(*table.values(), strict=True)]}
    job = service.train(
        data={"inline": inline}, target=names[1:], task="multi_label", training={"epochs": 1, "metrics": ["roc_auc"]}
    )
    found = predict(service, job["model"]["id"], [[x] for x in table["x"]])
    assert found["classes"] == names[1:]
    for place, name in enumerate(names[1:]):
        values = [row[place] for row in found["predictions"]]
        assert set(map(type, values)) == set(map(type, table[name]))
        assert values == [type(table[name][0])(outputs[place] > 0.5) for outputs in found["outputs"]]
