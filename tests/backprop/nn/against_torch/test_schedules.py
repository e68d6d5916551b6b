"""Every schedule that PyTorch has goes through PyTorch's rates, and fifty steps along it end where PyTorch's do."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch import optim
from torch.optim import lr_scheduler

from backprop.nn import SCHEDULES, Schedule, Training
from backprop.nn.choices.optimizers import Sgd
from backprop.nn.choices.schedules import Constant, Cosine, Exponential, OneCycle, Plateau, Step
from tests.backprop.nn.against_torch.twin import BATCH, EPOCHS, NETWORK, ROWS, START, Twin, examples, recipe

BATCHES = -(-ROWS // BATCH)
STEPS = EPOCHS * BATCHES
RATE = 0.1
NOT_PYTORCHS = {"inverse_scaling"}  # scikit-learn's, and compared with that


def warm(course: Callable[[Any], Any], steps: int) -> Callable[[Any], Any]:
    """PyTorch's linear warm-up over so many steps, and then a course of steps."""

    def make(optimizer: Any) -> Any:
        rise = lr_scheduler.LinearLR(optimizer, 1 / steps, 1.0, steps - 1)
        return lr_scheduler.SequentialLR(optimizer, [rise, course(optimizer)], [steps])

    return make


CASES: list[tuple[Schedule, Callable[[Any], Any]]] = [
    (Constant(), lambda made: lr_scheduler.ConstantLR(made, 1.0)),
    (Constant(warmup_epochs=2), warm(lambda made: lr_scheduler.ConstantLR(made, 1.0), 2 * BATCHES)),
    (Step(step_epochs=3), lambda made: lr_scheduler.StepLR(made, 3)),
    (Exponential(factor=0.8), lambda made: lr_scheduler.ExponentialLR(made, 0.8)),
    (Cosine(), lambda made: lr_scheduler.CosineAnnealingLR(made, EPOCHS)),
    (Cosine(min_learning_rate=0.01), lambda made: lr_scheduler.CosineAnnealingLR(made, EPOCHS, 0.01)),
    (
        Cosine(restart_epochs=2, restart_factor=2, min_learning_rate=0.01),
        lambda made: lr_scheduler.CosineAnnealingWarmRestarts(made, 2, 2, 0.01),
    ),
    (OneCycle(), lambda made: lr_scheduler.OneCycleLR(made, RATE, STEPS, cycle_momentum=False)),
    (
        OneCycle(rising_share=0.45, start_divisor=4.0, end_divisor=10.0),
        lambda made: lr_scheduler.OneCycleLR(
            made, RATE, STEPS, pct_start=0.45, div_factor=4.0, final_div_factor=10.0, cycle_momentum=False
        ),
    ),
    (
        Plateau(patience=1, threshold=0.0, min_delta=0.2),
        lambda made: lr_scheduler.ReduceLROnPlateau(made, patience=1, threshold=0.2, threshold_mode="abs"),
    ),
    (Plateau(patience=1, threshold=0.8), lambda made: lr_scheduler.ReduceLROnPlateau(made, patience=1, threshold=0.8)),
    (
        Plateau(factor=0.5, patience=0, threshold=0.5, cooldown=1, min_learning_rate=0.04),
        lambda made: lr_scheduler.ReduceLROnPlateau(
            made, factor=0.5, patience=0, threshold=0.5, cooldown=1, min_lr=0.04
        ),
    ),
]


@pytest.mark.parametrize(("schedule", "theirs"), CASES, ids=[str(schedule) for schedule, _ in CASES])
def test_fifty_steps_are_pytorchs(schedule: Schedule, theirs: Callable[[Any], Any]) -> None:
    twin = Twin()
    optimizer = optim.SGD(twin.tensors, lr=RATE, momentum=0.9)
    with warnings.catch_warnings():
        # Of its own SequentialLR, that it steps before the optimizer has.
        warnings.simplefilter("ignore", UserWarning)
        scheduler = theirs(optimizer)
    rates = []
    for _ in range(EPOCHS):
        loss = twin.epoch(optimizer, scheduler if schedule.pace == "step" else None)
        rates.append(twin.rate)
        if schedule.pace != "step":
            scheduler.step(*([loss] if isinstance(schedule, Plateau) else []))
    training = Training(NETWORK, recipe(Sgd(RATE, momentum=0.9), schedule), examples(), parameters=START)
    assert [epoch.learning_rate for epoch in training.epochs()] == pytest.approx(rates, rel=1e-12)
    assert training.parameters == pytest.approx(twin.flat(), rel=0, abs=1e-9)
    assert np.abs(training.parameters - START).max() > 1e-2
    assert len(set(rates)) > 1 or schedule == Constant()


THEIRS: dict[str, tuple[Any, dict[str, str]]] = {
    "step": (lr_scheduler.StepLR, {"factor": "gamma"}),
    "cosine": (lr_scheduler.CosineAnnealingWarmRestarts, {"min_learning_rate": "eta_min", "restart_factor": "T_mult"}),
    "one_cycle": (
        lr_scheduler.OneCycleLR,
        {"rising_share": "pct_start", "start_divisor": "div_factor", "end_divisor": "final_div_factor"},
    ),
    "plateau": (
        lr_scheduler.ReduceLROnPlateau,
        {"min_learning_rate": "min_lr", "epsilon": "eps"}
        | {name: name for name in ("factor", "patience", "threshold", "cooldown")},
    ),
}


@pytest.mark.parametrize("name", THEIRS)
def test_defaults_are_pytorchs(name: str) -> None:
    made, names = THEIRS[name]
    theirs = inspect.signature(made).parameters
    ours = SCHEDULES[name]()
    assert {key: getattr(ours, key) for key in names} == {key: theirs[names[key]].default for key in names}


def test_every_schedule_is_compared() -> None:
    assert {schedule.name for schedule, _ in CASES} | NOT_PYTORCHS == set(SCHEDULES)
