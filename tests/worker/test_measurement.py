"""Metrics that a job asks for stand beside each epoch's own, at a bounded share of the time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop.store.database import Database
from backprop.store.jobs import leases, metrics, reading
from backprop.store.jobs.metrics import Columns
from tests.backprop.store.situations import expire, take
from tests.worker.conftest import Submit
from tests.worker.test_runner import LONG, PullThePlugError, clock_of
from worker.course import Course
from worker.measurement import Measurement
from worker.runner import work
from worker.workplace import Workplace

OWNER = "local"
ASKED = ["f1_macro", "roc_auc", "top_2_accuracy"]


def still() -> float:
    return 0.0


class Hands:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def turn(self, seconds: float) -> None:
        self.seconds += seconds

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def unhurried(place: Workplace) -> Workplace:
    """A workplace where no time passes, so that measuring costs none."""
    return replace(place, clock=still)


def measured(columns: Columns, name: str) -> list[int]:
    """The epochs that have a figure."""
    return [int(epoch) for epoch in columns["epoch"][np.isfinite(columns[name])]]


def test_every_epoch_is_measured_on_training_and_validation_rows(
    database: Database, unhurried: Workplace, submit: Submit
) -> None:
    job = submit(split={"validation": 20, "test": 20}, training={"epochs": 30, "metrics": ASKED})
    work(unhurried)
    columns = metrics.read(database, job.id)
    for name in ASKED:
        assert measured(columns, name) == measured(columns, f"validation_{name}") == list(range(1, 31))
    results = reading.show(database, OWNER, job.id).results or {}
    assert set(results["test"]) == {"loss", "accuracy", *ASKED}
    for name in ASKED:
        assert columns[name][-1] == results["train"][name], "the last epoch's parameters are the model's"
        assert columns[f"validation_{name}"][-1] == results["validation"][name]


def test_a_regressions_figures_are_in_the_targets_own_units(
    database: Database, unhurried: Workplace, submit: Submit
) -> None:
    names = ["mse", "rmse", "mae", "r2", "mape"]
    job = submit(data={"builtin": "diabetes"}, training={"epochs": 5, "metrics": names})
    work(unhurried)
    columns = metrics.read(database, job.id)
    assert {*names} < set(columns)
    assert not any(name.startswith("validation") for name in columns)
    results = reading.show(database, OWNER, job.id).results or {}
    assert columns["rmse"][-1] == results["train"]["rmse"] > 10
    assert results["train"]["mse"] == pytest.approx(results["train"]["rmse"] ** 2)


def test_what_epochs_tell_anyhow_may_be_asked_for(database: Database, unhurried: Workplace, submit: Submit) -> None:
    plain, asked = (submit(training={"epochs": 5, "metrics": names}) for names in ([], ["accuracy"]))
    work(unhurried)
    work(unhurried)
    ours, theirs = (metrics.read(database, job.id) for job in (plain, asked))
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_of_many_epochs_some_are_measured_evenly(database: Database, unhurried: Workplace, submit: Submit) -> None:
    job = submit(training={"epochs": 600, "batch_size": "full", "metrics": ["f1_macro"]})
    work(unhurried)
    columns = metrics.read(database, job.id)
    assert len(columns["epoch"]) == 600
    assert measured(columns, "f1_macro") == [*range(1, 600, 3), 600]


def test_measuring_that_takes_longer_than_training_takes_half_of_the_time(database: Database, submit: Submit) -> None:
    submit(training={"epochs": 200, "metrics": ["f1_macro"]})
    run = Course(database, take(database), lambda: None).run
    clock = Hands()
    measurement = Measurement(run, clock, lambda: clock.turn(8.0))
    told = []
    for epoch in run.training.epochs():
        clock.turn(2.0)
        told.append(bool(measurement.of(epoch.epoch)))
    assert sum(told) * 8.0 == pytest.approx(clock() / 2, rel=0.05)
    assert told[0]
    assert told[-1]
    assert max(np.diff(np.flatnonzero(told))) <= 6, "all along, not only in the beginning"


def test_a_resumed_job_has_the_figures_of_an_undisturbed_one(
    database: Database, unhurried: Workplace, submit: Submit
) -> None:
    asked: dict[str, Any] = LONG | {"training": LONG["training"] | {"metrics": ASKED}}
    undisturbed, job = submit(**asked), submit(**asked)
    work(unhurried)
    with pytest.raises(PullThePlugError):
        work(replace(unhurried, clock=clock_of(0.05, 300)))
    expire(database, job.id)
    leases.reap(database)
    assert 0 < reading.show(database, OWNER, job.id).progress.epoch < 120
    work(unhurried)
    ours, theirs = metrics.read(database, job.id), metrics.read(database, undisturbed.id)
    assert ours["epoch"].tolist() == list(range(1, 121))
    for prefix in ("", "validation_"):
        for name in ASKED:
            a, b = ours[prefix + name], theirs[prefix + name]
            told = np.isfinite(a)
            assert np.array_equal(a[told], b[told])
            assert told[0]
            assert told[-1]


def test_an_epoch_after_which_better_weights_came_back_has_no_figures(
    database: Database, unhurried: Workplace, submit: Submit
) -> None:
    stop = {"patience": 3, "min_delta": 10.0, "monitor": "loss"}
    job = submit(training={"epochs": 50, "metrics": ["f1_macro"], "stop": stop})
    work(unhurried)
    columns = metrics.read(database, job.id)
    assert measured(columns, "f1_macro") == columns["epoch"].astype(int).tolist()[:-1]


def test_a_diverged_epoch_has_no_figures(database: Database, unhurried: Workplace, submit: Submit) -> None:
    optimizer = {"name": "sgd", "learning_rate": 1e6}
    job = submit(data={"builtin": "diabetes"}, training={"epochs": 50, "optimizer": optimizer, "metrics": ["mae"]})
    work(unhurried)
    assert reading.show(database, OWNER, job.id).stop_reason == "diverged"
    assert np.isnan(metrics.read(database, job.id)["mae"][-1])
