"""Cross-validation: each fold to the bits of a training of its own, however often the job was interrupted."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from backprop.data import folds_of, parts_of
from backprop.estimators import MLPClassifier
from backprop.nn import Examples, Layer, Network, Predictor, Recipe, State, Training, evaluate, initial_parameters
from backprop.store import models
from backprop.store.database import Database
from backprop.store.jobs import leases, metrics, reading, requests
from backprop.store.jobs.reading import JobView
from tests.backprop.store.situations import expire, take
from tests.worker.conftest import Submit
from tests.worker.test_runner import OWNER, PullThePlugError, clock_of, sha256, show
from worker.folds import FoldTrainings
from worker.outcome import cross_validation
from worker.runner import work
from worker.standing import Standing
from worker.training_run import load, set_up_fold
from worker.workplace import Workplace

SPLIT: dict[str, Any] = {"folds": 5, "test": 20, "random_state": 4}
LONG: dict[str, Any] = {
    "split": SPLIT,
    "network": {"hidden": [{"units": 8, "activation": "tanh", "dropout": 0.2}]},
    "training": {"epochs": 20, "batch_size": 7, "seed": 5},
}
# 128 rows: two folds train on 113 of them, seven on 114.
UNEVEN = LONG | {"split": SPLIT | {"folds": 9, "test": 22}, "training": LONG["training"] | {"epochs": 8}}
LBFGS = {"split": SPLIT, "training": {"epochs": 6, "optimizer": "lbfgs"}}


@pytest.fixture
def undisturbed(database: Database, place: Workplace, submit: Submit) -> JobView:
    """LONG, trained in one go."""
    job = submit(**LONG)
    work(place)
    return show(database, job)


def results(database: Database, job: JobView) -> dict[str, Any]:
    shown = show(database, job)
    assert shown.results is not None, (shown.state, shown.error)
    return shown.results


def test_the_scores_are_those_of_scikit_learns_cross_validation_of_our_estimator(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(
        split={"folds": 5, "random_state": 3},
        network={"hidden": [{"units": 6, "activation": "tanh"}]},
        training={"epochs": 30, "seed": 7, "dtype": "float64", "metrics": ["f1_macro"]},
    )
    work(place)
    x, y = load_iris(return_X_y=True)
    ours = MLPClassifier(
        6, "tanh", alpha=0.0, batch_size=32, max_iter=30, n_iter_no_change=np.inf, random_state=7, init="glorot_uniform"
    )
    folds = KFold(5, shuffle=True, random_state=3)
    scaled = make_pipeline(StandardScaler(), ours)
    for name, scoring in (("accuracy", "accuracy"), ("f1_macro", "f1_macro")):
        scores = cross_val_score(scaled, x, y, cv=folds, scoring=scoring)
        found = results(database, job)
        assert [fold["validation"][name] for fold in found["folds"]] == scores.tolist()
        assert found["cross_validation"]["mean"][name] == np.mean(scores)
        assert found["cross_validation"]["std"][name] == np.std(scores)


def test_the_losses_have_the_bits_of_trainings_on_scikit_learns_folds(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(
        split={"folds": 4, "random_state": 3},
        preprocessing={"numeric": "none"},
        network={"hidden": [{"units": 6, "activation": "tanh"}]},
        training={"epochs": 9, "seed": 7},
    )
    work(place)
    x, y = load_iris(return_X_y=True)
    rows = Examples(x.astype(np.float32), np.eye(3, dtype=np.float32)[y])
    network = Network(4, (Layer(6, "tanh"), Layer(3, "softmax")))
    for fold, (kept, held) in zip(
        results(database, job)["folds"], KFold(4, shuffle=True, random_state=3).split(x), strict=True
    ):
        training = Training(
            network,
            Recipe("cross_entropy", epochs=9, seed=7),
            Examples(rows.x[kept], rows.y[kept]),
            parameters=initial_parameters(network, 7),
        )
        assert len([*training.epochs()]) == 9
        for part, numbers in (("train", kept), ("validation", held)):
            examples = Examples(rows.x[numbers], rows.y[numbers])
            hit = Predictor(network, training.parameters).outputs(examples.x).argmax(1) == y[numbers]
            loss = evaluate(network, training.parameters, examples, Recipe("cross_entropy").measure)
            assert fold[part] == {"loss": loss, "accuracy": hit.mean()}


@pytest.mark.parametrize("asked", [LONG, UNEVEN, LBFGS], ids=["even", "uneven", "lbfgs"])
def test_one_by_one_they_come_to_the_same(
    database: Database, place: Workplace, submit: Submit, asked: dict[str, Any]
) -> None:
    submit(**asked)
    job = load(database, take(database), lambda: None)
    together = submit(**asked)
    work(place)
    for fold, told in zip(
        folds_of(job.table, job.spec, parts_of(job.table, job.spec)), results(database, together)["folds"], strict=True
    ):
        alone = set_up_fold(job, fold, None).run()
        assert [epoch.epoch for epoch in alone.training.epochs()][-1] == told["epochs"]
        for name in ("train", "validation"):
            part = getattr(alone.prepared, name)
            assert alone.results(part, alone.predictor().outputs(part.x)) == told[name]


@pytest.mark.parametrize(
    ("asked", "groups"), [(LONG, [5]), (UNEVEN, [1, 1, 7]), (LBFGS, [1] * 5)], ids=["even", "uneven", "lbfgs"]
)
def test_they_are_trained_side_by_side_where_that_can_be(
    database: Database, submit: Submit, asked: dict[str, Any], groups: list[int]
) -> None:
    submit(**asked)
    trainings = FoldTrainings(load(database, take(database), lambda: None), Standing())
    seen = {tuple(trainings.standing().running): None for _ in trainings.steps()}
    assert [len(group) for group in seen if group] == groups


def test_the_model_is_that_of_all_rows_but_the_test_rows(
    database: Database, undisturbed: JobView, place: Workplace, submit: Submit
) -> None:
    plain = submit(**LONG | {"split": SPLIT | {"folds": None}})
    work(place)
    assert sha256(database, plain) == sha256(database, undisturbed)
    ours, theirs = results(database, undisturbed), results(database, plain)
    assert {part: ours[part] for part in ("train", "validation", "test")} == {
        part: theirs[part] for part in ("train", "validation", "test")
    }
    assert metrics.read(database, undisturbed.id)["epoch"].tolist() == list(range(1, 21))
    assert "validation_loss" not in metrics.read(database, undisturbed.id)


def test_what_folds_came_to_stands_beside_the_models_results(undisturbed: JobView) -> None:
    found = undisturbed.results or {}
    assert [fold["fold"] for fold in found["folds"]] == [1, 2, 3, 4, 5]
    assert all((fold["epochs"], fold["stop_reason"]) == (20, "epochs") for fold in found["folds"])
    losses = [fold["validation"]["loss"] for fold in found["folds"]]
    assert found["cross_validation"]["mean"]["loss"] == np.mean(losses)
    assert found["cross_validation"]["std"]["loss"] == np.std(losses)
    assert (undisturbed.progress.epoch, undisturbed.progress.epochs) == (120, 120)


def test_lists_and_models_leave_out_what_each_fold_came_to(database: Database, undisturbed: JobView) -> None:
    [listed] = reading.page(database, OWNER, reading.JobFilter()).items
    model = models.show(database, OWNER, undisturbed.name)
    kept = {"train", "validation", "test", "cross_validation"}
    assert {*(listed.results or {})} == {*model.metrics} == kept


@pytest.mark.parametrize("looks", [20, 40, 60, 80, 110])
def test_a_killed_worker_costs_no_bit(
    database: Database, place: Workplace, submit: Submit, undisturbed: JobView, looks: int
) -> None:
    job = submit(**LONG)
    with pytest.raises(PullThePlugError):
        work(replace(place, clock=clock_of(0.4, looks)))
    expire(database, job.id)
    assert leases.reap(database) == [job.id]
    assert 0 < show(database, job).progress.epoch < 120
    work(place)
    assert results(database, job) == undisturbed.results
    assert sha256(database, job) == sha256(database, undisturbed)
    assert metrics.read(database, job.id)["epoch"].tolist() == list(range(1, 21))


def test_jobs_that_take_turns_come_to_the_same(database: Database, place: Workplace, submit: Submit) -> None:
    alone = submit(**UNEVEN)
    work(place)
    job, other = submit(**UNEVEN), submit(**UNEVEN)
    busy = replace(place, clock=clock_of(0.4), slice_seconds=12.0)
    slices = 0
    while work(busy):
        slices += 1
    assert slices > 5
    assert results(database, job) == results(database, other) == results(database, alone)


def test_progress_counts_the_folds_epochs_and_only_goes_on(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(**LONG)
    seen = []

    def look() -> bool:
        seen.append(show(database, job).progress.epoch)
        return False

    work(replace(place, clock=clock_of(0.3), is_closing=look))
    assert seen == sorted(seen)
    assert len({*seen}) > 10
    assert any(epoch < 100 for epoch in seen)


def test_a_job_that_is_paused_in_a_fold_goes_on(
    database: Database, place: Workplace, submit: Submit, undisturbed: JobView
) -> None:
    job = submit(**LONG)
    asked = itertools.chain([False, False], itertools.repeat(True))

    def pause_at_the_third_look() -> bool:
        return next(asked) and bool(requests.pause(database, OWNER, job.id))

    work(replace(place, clock=clock_of(0.1), is_closing=pause_at_the_third_look))
    assert (show(database, job).state, len(metrics.read(database, job.id)["epoch"])) == ("paused", 0)
    requests.resume(database, OWNER, job.id)
    work(place)
    assert results(database, job) == undisturbed.results


def test_a_job_that_is_cancelled_in_a_fold_has_ended(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(**LONG)
    work(replace(place, clock=clock_of(0.1), is_closing=lambda: bool(requests.cancel(database, OWNER, job.id))))
    shown = show(database, job)
    assert (shown.state, shown.results, shown.model) == ("cancelled", None, None)


def test_a_fold_that_diverges_fails_the_job_and_is_named(database: Database, place: Workplace, submit: Submit) -> None:
    job = submit(
        data={"builtin": "diabetes"},
        split={"folds": 3},
        training={"epochs": 50, "optimizer": {"name": "sgd", "learning_rate": 1e6}},
    )
    with np.errstate(all="ignore"):
        work(place)
    shown = show(database, job)
    assert (shown.state, shown.stop_reason, shown.model) == ("failed", "diverged", None)
    assert "in fold 1 the loss" in (shown.error or {})["detail"]


def test_each_fold_stops_by_its_held_out_rows_and_the_model_after_as_many_epochs_in_the_mean(
    database: Database, place: Workplace, submit: Submit
) -> None:
    job = submit(
        data={"builtin": "diabetes"},
        split={"folds": 3, "test": 100},
        training={"epochs": 300, "stop": {"patience": 4}, "optimizer": {"name": "adam", "learning_rate": 0.01}},
    )
    assert (job.spec or {})["training"]["stop"]["monitor"] == "validation_loss"
    work(place)
    found = results(database, job)
    epochs = [fold["epochs"] for fold in found["folds"]]
    assert {fold["stop_reason"] for fold in found["folds"]} == {"patience"}
    assert len({*epochs}) > 1
    last = metrics.read(database, job.id)["epoch"][-1]
    assert last == round(np.mean(epochs)) < 300
    assert (show(database, job).stop_reason, show(database, job).progress.epoch) == ("epochs", 900 + last)


def test_a_plateau_heeds_the_held_out_rows_and_in_the_models_own_training_its_loss(
    database: Database, place: Workplace, submit: Submit
) -> None:
    schedule = {"name": "plateau", "patience": 1}
    job = submit(split={"folds": 3}, training={"epochs": 5, "schedule": schedule})
    work(place)
    assert show(database, job).state == "succeeded"


def test_a_figure_that_a_fold_lacks_has_neither_mean_nor_deviation() -> None:
    folds: list[dict[str, Any]] = [{"validation": {"loss": 1.0, "r2": None}}, {"validation": {"loss": 3.0, "r2": 0.5}}]
    assert cross_validation(folds) == {"mean": {"loss": 2.0, "r2": None}, "std": {"loss": 1.0, "r2": None}}


def test_a_standing_comes_back_from_its_bytes() -> None:
    network = Network(4, (Layer(3, "softmax"),))
    examples = Examples(np.zeros((3, 4), np.float32), np.eye(3, dtype=np.float32))
    state = Training(network, Recipe("cross_entropy"), examples).state()
    ended = {1: {"fold": 2, "validation": {"loss": 0.1 + 0.2, "r2": None}}}
    for model in (None, state):
        standing = Standing(ended, {0: state, 7: state}, model)
        again = Standing.from_bytes(standing.to_bytes())
        assert again.ended == ended
        assert {place: kept.to_bytes() for place, kept in again.running.items()} == {
            place: state.to_bytes() for place in (0, 7)
        }
        assert isinstance(again.model, State) == (model is not None)
        assert again.to_bytes() == standing.to_bytes()
