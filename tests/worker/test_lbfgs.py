"""Jobs by L-BFGS live as all others do, but for the bits after an interruption."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from backprop.store.database import Database
from backprop.store.jobs import metrics, reading, requests
from tests.worker.conftest import Submit
from tests.worker.test_runner import clock_of
from worker.runner import work
from worker.workplace import Workplace

JOB: dict[str, Any] = {
    "network": {"hidden": []},  # so that there is one minimum, whichever way is taken
    "training": {"epochs": 300, "optimizer": "lbfgs", "l2": 0.01, "dtype": "float64"},
    "split": {"validation": 0.2},
}


def train_loss(database: Database, job: str) -> float:
    results = reading.show(database, "local", job).results
    assert results is not None
    return float(results["train"]["loss"])


def test_it_converges_to_a_model_with_an_epoch_for_every_iteration(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(**JOB)
    work(place)
    shown = reading.show(database, "local", job.id)
    assert (shown.state, shown.stop_reason, shown.error) == ("succeeded", "converged", None)
    assert shown.model is not None
    columns = metrics.read(database, job.id)
    assert columns["epoch"].tolist() == list(range(1, shown.progress.epoch + 1))
    assert set(columns["learning_rate"]) == {1.0}
    assert columns["loss"][-1] < 0.1


def test_paused_or_taking_turns_it_comes_to_the_minimum_and_leaves_no_thread(
    database: Database, place: Workplace, submit: Submit
) -> None:
    before = threading.active_count()
    undisturbed, paused, other = (submit(**JOB).id for _ in range(3))
    work(place)
    asked = replace(place, clock=clock_of(0.1), is_closing=lambda: bool(requests.pause(database, "local", paused)))
    work(asked)
    shown = reading.show(database, "local", paused)
    assert (shown.state, shown.progress.epoch > 0) == ("paused", True)
    requests.resume(database, "local", paused)
    while work(replace(place, clock=clock_of(0.4), slice_seconds=10.0)):
        pass
    assert threading.active_count() == before
    for job in (paused, other):
        assert train_loss(database, job) == pytest.approx(train_loss(database, undisturbed), rel=1e-3)
        epochs = metrics.read(database, job)["epoch"].tolist()
        assert epochs == list(range(1, len(epochs) + 1))


def test_cancelled_it_leaves_no_model_and_no_thread(database: Database, place: Workplace, submit: Submit) -> None:
    before = threading.active_count()
    job = submit(**JOB)
    work(replace(place, clock=clock_of(0.1), is_closing=lambda: bool(requests.cancel(database, "local", job.id))))
    shown = reading.show(database, "local", job.id)
    assert (shown.state, shown.model) == ("cancelled", None)
    assert threading.active_count() == before
