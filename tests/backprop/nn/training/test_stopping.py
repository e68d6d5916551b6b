"""When training ends, and with which parameters."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from backprop.nn import Epoch, Examples, Layer, Monitor, Network, Recipe, Schedule, Stop, Training
from backprop.nn.choices.optimizers import Sgd
from backprop.nn.choices.schedules import Constant
from backprop.nn.training.position import Position
from backprop.nn.training.stopping import Watch

LINE = Network(1, (Layer(1, "identity"),), bias=False, dtype="float64")
ONE = Examples(np.ones((1, 1)), np.zeros((1, 1)))


def training(stop: Stop, learning_rate: float = 0.1, epochs: int = 50, validation: Examples | None = None) -> Training:
    """w x with x = 1, y = 0: the loss is w^2 / 2 and each step takes w to (1 - learning_rate) w, from 1."""
    recipe = Recipe("mse", Sgd(learning_rate), Constant(), epochs, 1, stop=stop)
    return Training(LINE, recipe, ONE, validation, parameters=np.ones(1))


def test_ends_after_its_epochs() -> None:
    course = training(Stop(), epochs=7)
    assert [epoch.epoch for epoch in course.epochs()] == [1, 2, 3, 4, 5, 6, 7]
    assert course.stop_reason == "epochs"
    assert course.samples_seen == 7
    assert list(course.epochs()) == []


def test_an_epochs_loss_is_from_before_its_update() -> None:
    first, second = list(training(Stop(), epochs=2).epochs())
    assert first.loss == 0.5
    assert second.loss == pytest.approx(0.9**2 / 2)
    assert first.accuracy is None


def test_ends_when_the_loss_is_below() -> None:
    course = training(Stop(loss_below=0.3))
    losses = [epoch.loss for epoch in course.epochs()]
    assert course.stop_reason == "loss_below"
    assert losses[-1] < 0.3 <= losses[-2]


def test_patience_ends_after_so_many_epochs_without_improvement() -> None:
    # A learning rate of 2 takes w from 1 to -1 and back: the loss never changes after the first epoch.
    course = training(Stop(patience=3), learning_rate=2.0)
    assert len(list(course.epochs())) == 4
    assert course.stop_reason == "patience"


def test_an_improvement_must_exceed_min_delta() -> None:
    watch, stop = Watch(), Stop(patience=2, min_delta=0.1)
    values = [1.0, 0.95, 0.89, 0.80, 0.81]
    improved = [watch.improves(stop, Epoch(n, value, None, None, None, 0.1)) for n, value in enumerate(values, start=1)]
    assert improved == [True, False, True, False, False]
    assert (watch.best, watch.best_epoch, watch.waited) == (0.89, 3, 2)


def course_of(watch: Watch, stop: Stop, values: list[float]) -> list[bool]:
    """Whether each of the epochs improves; their loss and their accuracy are the values."""
    return [
        watch.improves(stop, Epoch(number, value, value, None, None, 0.1))
        for number, value in enumerate(values, start=1)
    ]


def test_an_accuracy_gets_better_by_rising() -> None:
    watch = Watch()
    improved = course_of(watch, Stop(patience=2, min_delta=0.1, monitor="accuracy"), [0.5, 0.55, 0.65, 0.4])
    assert improved == [True, False, True, False]
    assert (watch.best, watch.best_epoch, watch.waited) == (0.65, 3, 1)


def test_what_is_no_better_than_the_baseline_ends_no_waiting() -> None:
    watch, stop = Watch(), Stop(patience=3, min_delta=0.1, baseline=0.5)
    assert course_of(watch, stop, [0.9, 0.7, 0.45]) == [True, True, True]
    assert (watch.best, watch.best_epoch, watch.waited) == (0.45, 3, 3)
    assert course_of(watch, stop, [0.3]) == [True]
    assert watch.waited == 0


def test_training_that_never_passes_the_baseline_ends_after_patience() -> None:
    # The loss is w^2 / 2 and stays at 1/2; an epoch that is better than those before never ends training.
    course = training(Stop(patience=3, baseline=0.4), learning_rate=2.0)
    assert len(list(course.epochs())) == 3
    assert course.stop_reason == "patience"
    falling = training(Stop(patience=3, baseline=-1.0, min_delta=1e-9), learning_rate=0.1, epochs=20)
    assert len(list(falling.epochs())) == 20


@pytest.mark.parametrize(("monitor", "epochs"), [("accuracy", 5), ("validation_accuracy", 4)])
def test_accuracies_are_monitored_in_training_and_validation(monitor: Monitor, epochs: int) -> None:
    # An output of 0.5 is a yes and wrong; the first step mends it, which training tells an epoch later.
    recipe = Recipe("binary_cross_entropy", Sgd(), Constant(), 50, 1, stop=Stop(patience=3, monitor=monitor))
    network = Network(1, (Layer(1, "sigmoid"),), dtype="float64")
    course = Training(network, recipe, ONE, ONE, parameters=np.zeros(2))
    assert len(list(course.epochs())) == epochs
    assert course.stop_reason == "patience"


@pytest.mark.parametrize("restore_best", [True, False])
def test_the_best_parameters_come_back_only_where_wanted(restore_best: bool) -> None:
    # Validation wants w = 0.9, which is where the first step takes it; every later one leads away.
    validation = Examples(np.ones((1, 1)), np.full((1, 1), 0.9))
    stop = Stop(patience=3, monitor="validation_loss", restore_best=restore_best)
    course = training(stop, validation=validation)
    epochs = list(course.epochs())
    assert len(epochs) == 4
    assert epochs[0].validation_loss == pytest.approx(0, abs=1e-30)
    assert course.parameters[0] == pytest.approx(0.9 if restore_best else 0.9**4)


def test_restore_best_without_patience_does_nothing() -> None:
    validation = Examples(np.ones((1, 1)), np.full((1, 1), 0.9))
    course = training(Stop(monitor="validation_loss"), epochs=4, validation=validation)
    list(course.epochs())
    assert course.parameters[0] == pytest.approx(0.9**4)
    assert course.state().best is None


def test_the_best_comes_back_however_training_ends() -> None:
    validation = Examples(np.ones((1, 1)), np.full((1, 1), 0.9))
    course = training(Stop(patience=10, monitor="validation_loss"), validation=validation)
    for epoch in course.epochs():
        if epoch.epoch == 3:
            course.stop("max_seconds")
    assert course.position.epoch == 3
    assert course.stop_reason == "max_seconds"
    assert course.parameters[0] == pytest.approx(0.9)


def test_stop_in_mid_epoch_ends_it_there_and_for_good() -> None:
    recipe = Recipe("mse", Sgd(), Constant(), 5, 1)
    course = Training(LINE, recipe, Examples(np.ones((4, 1)), np.zeros((4, 1))), parameters=np.ones(1))
    steps = course.steps(most=1)
    assert next(steps) is None
    course.stop("cancelled")
    assert list(steps) == []
    assert list(course.epochs()) == []
    course.stop("later")
    assert course.stop_reason == "cancelled"


def test_a_training_that_runs_away_is_diverged() -> None:
    random = np.random.RandomState(0)
    x = random.normal(size=(40, 4)).astype(np.float32)
    network = Network(4, (Layer(8, "relu"), Layer(8, "relu"), Layer(2, "identity")))
    recipe = Recipe("mse", Sgd(1e6), Constant(), 50, 10)
    course = Training(network, recipe, Examples(x, x[:, :2].copy()))
    epochs = list(course.epochs())
    assert course.stop_reason == "diverged"
    assert len(epochs) < 10


@pytest.mark.parametrize("bad", [-np.inf, np.nan])
def test_what_is_not_finite_cannot_hide_behind_relu(bad: float) -> None:
    # A weight of -inf into a relu with positive inputs gives a = 0 and a loss of log 3, healthy to look at.
    network = Network(1, (Layer(2, "relu"), Layer(3, "softmax")))
    flat = np.zeros(network.parameter_count, np.float32)
    flat[0] = bad
    recipe = Recipe("cross_entropy", Sgd(), Constant(), 5, 4)
    course = Training(
        network,
        recipe,
        Examples(np.ones((4, 1), np.float32), np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]),
        parameters=flat,
    )
    (epoch,) = course.epochs()
    assert course.stop_reason == "diverged"
    assert bad != -np.inf or epoch.loss == pytest.approx(np.log(3), abs=1e-5)


def test_a_validation_loss_that_is_not_finite_is_diverged_too() -> None:
    course = training(Stop(), validation=Examples(np.full((1, 1), 1e200), np.zeros((1, 1))))
    (epoch,) = course.epochs()
    assert epoch.validation_loss == np.inf
    assert course.stop_reason == "diverged"


@dataclass(frozen=True)
class Halving(Schedule):
    name = "halving"

    @property
    def pace(self) -> Literal["never", "epoch", "step"]:
        return "step"

    def course(self, base: float, position: Position) -> float:
        return math.ldexp(base, 1 - position.step)


def test_a_schedule_may_change_the_rate_at_every_step() -> None:
    recipe = Recipe("mse", Sgd(0.1), Halving(), 1, 1, shuffle=False)
    course = Training(LINE, recipe, Examples(np.ones((3, 1)), np.zeros((3, 1))), parameters=np.ones(1))
    (epoch,) = course.epochs()
    assert course.parameters[0] == pytest.approx(0.9 * 0.95 * 0.975)
    assert epoch.learning_rate == 0.025
