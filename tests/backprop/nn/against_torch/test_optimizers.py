"""Every optimizer takes PyTorch's steps and has PyTorch's defaults."""

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from torch import optim

from backprop.nn import STEPWISE, Training
from backprop.nn.choices.optimizers import (
    Adadelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AmsGrad,
    Nadam,
    RmsProp,
    Sgd,
    Stepwise,
)
from backprop.nn.choices.schedules import Constant
from tests.backprop.nn.against_torch.twin import EPOCHS, NETWORK, START, Twin, examples, recipe

THEIRS: dict[str, Callable[..., Any]] = {
    "sgd": optim.SGD,
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "amsgrad": partial(optim.Adam, amsgrad=True),
    "nadam": optim.NAdam,
    "adamax": optim.Adamax,
    "rmsprop": optim.RMSprop,
    "adagrad": optim.Adagrad,
    "adadelta": optim.Adadelta,
}
CASES: list[tuple[Stepwise, dict[str, Any]]] = [
    (Sgd(0.1), {"lr": 0.1}),
    (Sgd(0.1, weight_decay=0.1), {"lr": 0.1, "weight_decay": 0.1}),
    (Sgd(0.1, momentum=0.9), {"lr": 0.1, "momentum": 0.9}),
    (
        Sgd(0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    (Adam(), {}),
    (
        Adam(0.02, weight_decay=0.1, beta1=0.8, beta2=0.9, epsilon=1e-3),
        {"lr": 0.02, "weight_decay": 0.1, "betas": (0.8, 0.9), "eps": 1e-3},
    ),
    (Adam(0.02, beta1=0.0, beta2=0.0), {"lr": 0.02, "betas": (0.0, 0.0)}),
    (AdamW(), {}),
    (AdamW(0.02, weight_decay=0.3), {"lr": 0.02, "weight_decay": 0.3}),
    (AdamW(0.02, weight_decay=0.0), {"lr": 0.02, "weight_decay": 0.0}),
    (AmsGrad(), {}),
    (AmsGrad(0.02, weight_decay=0.1, beta2=0.5), {"lr": 0.02, "weight_decay": 0.1, "betas": (0.9, 0.5)}),
    (Nadam(), {}),
    (Nadam(0.02, weight_decay=0.1, momentum_decay=0.1), {"lr": 0.02, "weight_decay": 0.1, "momentum_decay": 0.1}),
    (Adamax(), {}),
    (Adamax(0.02, weight_decay=0.1, epsilon=1e-3), {"lr": 0.02, "weight_decay": 0.1, "eps": 1e-3}),
    (RmsProp(), {}),
    (RmsProp(0.003, centred=True, decay=0.9), {"lr": 0.003, "centered": True, "alpha": 0.9}),
    (
        RmsProp(0.003, weight_decay=0.1, momentum=0.9, centred=True, epsilon=1e-2),
        {"lr": 0.003, "weight_decay": 0.1, "momentum": 0.9, "centered": True, "eps": 1e-2},
    ),
    (AdaGrad(), {}),
    (
        AdaGrad(0.1, weight_decay=0.1, learning_rate_decay=0.1, initial_accumulator=0.5),
        {"lr": 0.1, "weight_decay": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5},
    ),
    (Adadelta(), {}),
    (Adadelta(3.0, weight_decay=0.1, decay=0.5), {"lr": 3.0, "weight_decay": 0.1, "rho": 0.5}),
]


@pytest.mark.parametrize(("optimizer", "settings"), CASES, ids=[str(ours) for ours, _ in CASES])
def test_fifty_steps_are_pytorchs(optimizer: Stepwise, settings: dict[str, Any]) -> None:
    twin = Twin()
    made = THEIRS[optimizer.name](twin.tensors, **{"lr": optimizer.learning_rate, **settings})
    losses = [twin.epoch(made) for _ in range(EPOCHS)]
    training = Training(NETWORK, recipe(optimizer, Constant()), examples(), parameters=START)
    assert [epoch.loss for epoch in training.epochs()] == pytest.approx(losses, abs=1e-9)
    assert training.parameters == pytest.approx(twin.flat(), rel=0, abs=1e-9)
    assert np.abs(training.parameters - START).max() > 1e-2


NAMES = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "centred": "centered",
    "learning_rate_decay": "lr_decay",
    "initial_accumulator": "initial_accumulator_value",
}


@pytest.mark.parametrize("name", STEPWISE)
def test_defaults_are_pytorchs(name: str) -> None:
    theirs = {key: parameter.default for key, parameter in inspect.signature(THEIRS[name]).parameters.items()}
    theirs["beta1"], theirs["beta2"] = theirs.get("betas", (None, None))
    theirs["decay"] = theirs.get("rho", theirs.get("alpha"))
    ours = dataclasses.asdict(STEPWISE[name]())
    if name == "sgd":
        assert ours.pop("learning_rate") == 10 * theirs["lr"]
    assert ours == {key: theirs[NAMES.get(key, key)] for key in ours}


def test_every_optimizer_is_compared() -> None:
    assert {optimizer.name for optimizer, _ in CASES} == set(STEPWISE)
