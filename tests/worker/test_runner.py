import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop.store import models
from backprop.store.database import Database
from backprop.store.jobs import claims, evaluations, leases, metrics, reading, requests
from backprop.store.jobs.reading import JobView
from tests.backprop.store.situations import expire
from tests.worker.conftest import Submit
from worker.runner import hear, work
from worker.workplace import Workplace

OWNER = "local"
SHORT: dict[str, Any] = {"training": {"epochs": 20, "seed": 3}, "split": {"validation": 20, "test": 20}}
LONG: dict[str, Any] = {
    "network": {"hidden": [{"units": 8, "activation": "tanh", "dropout": 0.2}]},
    "training": {"epochs": 120, "batch_size": 7, "optimizer": "adam", "seed": 5},
    "split": {"validation": 0.2},
}


class PullThePlugError(BaseException):
    """The process ends here and now: nothing in the runner catches this."""


def clock_of(step: float, looks: int | None = None, end: type[BaseException] = PullThePlugError) -> Callable[[], float]:
    """A clock on which `step` seconds pass between any two looks; at look number `looks` it raises `end`."""
    ticks: Iterator[int] = itertools.count()

    def clock() -> float:
        tick = next(ticks)
        if tick == looks:
            raise end("the clock stands still")
        return tick * step

    return clock


def show(database: Database, job: JobView) -> JobView:
    return reading.show(database, OWNER, job.id)


def sha256(database: Database, job: JobView) -> str:
    shown = show(database, job)
    assert shown.model is not None, (shown.state, shown.error)
    return models.show(database, OWNER, shown.model.id).sha256


@pytest.fixture
def undisturbed(database: Database, place: Workplace, submit: Submit) -> str:
    """The digest of LONG's weights, trained in one go."""
    job = submit(**LONG)
    work(place)
    return sha256(database, job)


def test_without_a_job_nothing_is_done(place: Workplace) -> None:
    assert work(place) is None


def test_a_job_becomes_a_model_with_metrics_and_results(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(name="iris", **SHORT)
    assert work(place) == job.id
    shown = show(database, job)
    assert (shown.state, shown.stop_reason, shown.error) == ("succeeded", "epochs", None)
    assert (shown.progress.epoch, shown.progress.percent) == (20, 100.0)
    assert shown.model is not None
    assert (shown.model.name, shown.model.version) == ("iris", 1)
    assert shown.results is not None
    parts = {name: scores for name, scores in shown.results.items() if name != "evaluation"}
    assert set(parts) == {"train", "validation", "test"}
    assert all(set(scores) == {"loss", "accuracy"} for scores in parts.values())
    columns = metrics.read(database, job.id)
    assert columns["epoch"].tolist() == list(range(1, 21))
    assert {"loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate", "seconds"} < set(columns)
    assert columns["loss"][-1] < columns["loss"][0]
    assert np.all(np.diff(columns["seconds"]) > 0)


def test_figures_that_a_job_does_not_have_are_no_columns(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(data={"builtin": "diabetes"}, training={"epochs": 2})
    work(place)
    assert set(metrics.read(database, job.id)) == {"epoch", "loss", "learning_rate", "seconds"}
    shown = show(database, job)
    assert shown.results is not None
    assert set(shown.results["train"]) == {"loss", "r2", "rmse", "mae"}
    assert shown.results["test"] is None


@pytest.mark.parametrize(
    ("held_out", "rows"), [(["validation", "test"], "test"), (["validation"], "validation"), ([], "train")]
)
def test_an_ended_job_is_judged_by_the_rows_that_say_most(
    database: Database, place: Workplace, submit: Submit, held_out: list[str], rows: str
) -> None:
    job = submit(split=dict.fromkeys(held_out, 20), training={"epochs": 3})
    work(place)
    results = show(database, job).results or {}
    evaluation = results["evaluation"]
    assert evaluation["rows"] == rows
    counts = np.array(evaluation["confusion_matrix"])
    assert counts.sum() == (20 if held_out else 150)
    assert counts.trace() / counts.sum() == results[rows]["accuracy"]


def test_of_a_regression_pairs_of_true_and_predicted_values_are_kept(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(data={"builtin": "diabetes"}, split={"test": 100}, training={"epochs": 3})
    work(place)
    results = show(database, job).results or {}
    assert results["evaluation"] is None
    found = evaluations.read(database, job.id)
    assert found is not None
    assert found.pairs is not None
    assert (found.rows, found.count, found.pairs.truth.shape) == ("test", 100, (100, 1))
    rmse = np.sqrt(np.mean((found.pairs.truth - found.pairs.predicted) ** 2))
    assert rmse == pytest.approx(results["test"]["rmse"])


def test_jobs_that_take_turns_end_in_the_same_bits(
    database: Database, place: Workplace, submit: Submit, undisturbed: str
) -> None:
    job, other = submit(**LONG), submit(**LONG)
    busy = replace(place, clock=clock_of(0.4), slice_seconds=4.0)
    slices = 0
    while work(busy):
        slices += 1
    assert slices > 10
    assert sha256(database, job) == sha256(database, other) == undisturbed


def test_a_job_alone_is_not_given_back(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(**LONG)
    work(replace(place, clock=clock_of(0.4), slice_seconds=1.0))
    assert show(database, job).state == "succeeded"


def test_whoever_hears_a_bell_takes_every_job_and_passes_the_bell_on_once(
    database: Database, place: Workplace, submit: Submit, bells: list[None]
) -> None:
    jobs = [submit(**SHORT) for _ in range(4)]
    hear(place)
    assert {show(database, job).state for job in jobs} == {"succeeded"}
    assert len(bells) == 1


@pytest.mark.parametrize("jobs", [0, 1])
def test_a_bell_for_one_job_or_none_is_not_passed_on(
    place: Workplace, submit: Submit, bells: list[None], jobs: int
) -> None:
    for _ in range(jobs):
        submit(**SHORT)
    hear(place)
    assert bells == []


def test_a_closing_worker_takes_no_job_and_passes_the_bell_on(
    database: Database, place: Workplace, submit: Submit, bells: list[None]
) -> None:
    job = submit(**SHORT)
    hear(replace(place, is_closing=lambda: True))
    assert (show(database, job).state, len(bells)) == ("queued", 1)


def test_a_closing_worker_gives_its_job_back_and_rings(
    database: Database, place: Workplace, submit: Submit, bells: list[None], undisturbed: str
) -> None:
    job = submit(**LONG)
    closing = itertools.chain([False], itertools.repeat(True))  # it is told while it trains
    hear(replace(place, clock=clock_of(0.1), is_closing=lambda: next(closing)))
    shown = show(database, job)
    assert (shown.state, shown.crashes, len(bells)) == ("queued", 0, 1)
    assert 0 < shown.progress.percent < 100
    work(place)
    assert sha256(database, job) == undisturbed


def test_a_paused_job_resumes_to_the_same_bits(
    database: Database, place: Workplace, submit: Submit, undisturbed: str
) -> None:
    job = submit(**LONG)
    asked = replace(place, clock=clock_of(0.1), is_closing=lambda: bool(requests.pause(database, OWNER, job.id)))
    work(asked)
    assert show(database, job).state == "paused"
    assert work(place) is None
    requests.resume(database, OWNER, job.id)
    work(place)
    assert sha256(database, job) == undisturbed
    assert metrics.read(database, job.id)["epoch"].tolist() == list(range(1, 121))


def test_a_cancelled_job_makes_no_model(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(**LONG)
    work(replace(place, clock=clock_of(0.1), is_closing=lambda: bool(requests.cancel(database, OWNER, job.id))))
    shown = show(database, job)
    assert (shown.state, shown.stop_reason, shown.model) == ("cancelled", "cancelled", None)
    assert shown.progress.epoch > 0


@pytest.mark.parametrize("looks", [30, 70, 130])
def test_a_killed_worker_costs_no_bit(
    database: Database, place: Workplace, submit: Submit, undisturbed: str, looks: int
) -> None:
    job = submit(**LONG)
    with pytest.raises(PullThePlugError):
        work(replace(place, clock=clock_of(0.4, looks)))
    assert show(database, job).state == "running"
    expire(database, job.id)
    assert leases.reap(database) == [job.id]
    work(place)
    assert sha256(database, job) == undisturbed
    assert metrics.read(database, job.id)["epoch"].tolist() == list(range(1, 121))
    assert show(database, job).crashes == 1


def test_a_worker_that_lost_its_lease_leaves_the_job_alone(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(**LONG)

    def another_takes_it() -> bool:
        expire(database, job.id)
        leases.reap(database)
        claims.claim(database, "worker@other", 60)
        return False

    assert work(replace(place, clock=clock_of(0.1), is_closing=another_takes_it)) == job.id
    shown = show(database, job)
    assert (shown.state, shown.crashes) == ("running", 1)


def test_a_diverged_job_has_failed_and_says_what_to_do(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(
        data={"builtin": "diabetes"},
        training={"epochs": 50, "optimizer": {"name": "sgd", "learning_rate": 1e6}},
    )
    with np.errstate(all="ignore"):
        work(place)
    shown = show(database, job)
    assert (shown.state, shown.stop_reason, shown.model) == ("failed", "diverged", None)
    assert shown.error is not None
    assert shown.error["code"] == "diverged"
    assert "learning rate" in shown.error["detail"]
    assert not math.isfinite(metrics.read(database, job.id)["loss"][-1])


def test_max_seconds_ends_training_with_a_model(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(training={"epochs": 10_000_000, "stop": {"max_seconds": 30}})
    work(replace(place, clock=clock_of(0.4)))
    shown = show(database, job)
    assert (shown.state, shown.stop_reason) == ("succeeded", "max_seconds")
    assert 10 < shown.progress.epoch < 1000


def test_an_unforeseen_error_is_a_crash_and_five_are_the_end(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(**SHORT)

    for _ in range(5):
        work(replace(place, clock=clock_of(0.1, 10, ZeroDivisionError)))
    shown = show(database, job)
    assert (shown.state, shown.crashes) == ("failed", 5)
    assert shown.error is not None
    assert "ZeroDivisionError: the clock stands still" in shown.error["detail"]


def test_a_jobs_health_is_the_same_however_often_it_was_interrupted(
    database: Database, place: Workplace, submit: Submit
) -> None:
    undisturbed, interrupted = submit(**LONG), submit(**LONG)
    work(place)
    turns = replace(place, clock=clock_of(0.4), is_closing=itertools.cycle([False, False, True]).__next__)
    while work(turns):
        pass
    seen, seen_again = (metrics.health(database, job.id) for job in (undisturbed, interrupted))
    assert {1, 120} <= set(seen["epoch"].tolist())
    assert {"gradient_norm 1", "update_ratio 1", "idle 1", "gradient_norm 2", "update_ratio 2"} <= set(seen)
    assert {name: column.tobytes() for name, column in seen.items()} == {
        name: column.tobytes() for name, column in seen_again.items()
    }
