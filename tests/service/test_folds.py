"""Cross-validation over HTTP: what a job with folds shows, which rows they are of, and what is refused."""

from typing import Any

import pytest
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold, train_test_split

from service.docs.bodies import WINE
from tests.service.harness import Service


def test_a_job_with_folds_shows_each_and_their_mean_and_deviation(service: Service) -> None:
    job = service.train(**WINE)
    assert job["spec"]["split"]["folds"] == 5
    assert job["progress"]["epochs"] == 6 * 200
    assert len(job["results"]["folds"]) == 5
    names = {"loss", "accuracy", "f1_macro"}
    for fold in job["results"]["folds"]:
        assert {*fold} == {"fold", "epochs", "stop_reason", "train", "validation"}
        assert {*fold["train"]} == {*fold["validation"]} == names
    figures = job["results"]["cross_validation"]
    assert {*figures["mean"]} == {*figures["std"]} == names
    assert figures["mean"]["accuracy"] > 0.9
    model = service.get("/v1/models/wine").json
    assert model["metrics"]["cross_validation"] == figures
    assert "folds" not in model["metrics"]


def test_the_rows_of_each_fold_can_be_asked_for(service: Service) -> None:
    path = f"/v1/jobs/{service.submit(**WINE)['id']}/rows"
    labels = load_wine().target
    train, _ = train_test_split(range(len(labels)), test_size=0.2, random_state=0, stratify=labels)
    drawn = StratifiedKFold(5, shuffle=True, random_state=0).split(train, labels[train])
    for fold, (kept, held) in enumerate(drawn, 1):
        for part, places in (("train", kept), ("validation", held)):
            found = service.get(f"{path}?fold={fold}&part={part}").json
            assert found["rows"] == [train[place] for place in places]
            assert found["total"] == len(places)
    assert service.get(path).json["rows"] == train


def test_a_fold_that_is_not_there_is_refused(service: Service) -> None:
    path = f"/v1/jobs/{service.submit(**WINE)['id']}/rows"
    for fold in (0, 6, 101, "x"):
        answer = service.get(f"{path}?fold={fold}")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "?fold")


def test_a_fold_that_has_not_seen_a_category_has_a_network_of_its_own(service: Service) -> None:
    rows = [["rare" if row == 4 else f"k{row % 2}", row * 0.5] for row in range(12)]
    data = {"inline": {"columns": ["kind", "y"], "rows": rows}}
    job = service.train(data=data, target="y", split={"folds": 3}, training={"epochs": 5})
    assert [fold["fold"] for fold in job["results"]["folds"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"split": {"folds": 1}}, "#/split/folds", "out_of_range"),
        ({"split": {"folds": 101}}, "#/split/folds", "out_of_range"),
        ({"split": {"folds": 2.5}}, "#/split/folds", "wrong_type"),
        ({"split": {"folds": True}}, "#/split/folds", "wrong_type"),
        ({"split": {"folds": 50, "stratify": True}}, "#/split/folds", "too_few_rows"),
        ({"split": {"folds": 100, "test": 100}}, "#/split/folds", "too_few_rows"),
        ({"split": {"folds": 5, "validation": 0.2}}, "#/split/validation", "conflict"),
        (
            {"split": {"folds": 5}, "training": {"stop": {"max_seconds": 5}}},
            "#/training/stop/max_seconds",
            "conflict",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(service: Service, changes: dict[str, Any], pointer: str, code: str) -> None:
    answer = service.post("/v1/jobs", {"data": {"builtin": "wine"}} | changes)
    assert answer.status_code == 422, answer.json
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]
