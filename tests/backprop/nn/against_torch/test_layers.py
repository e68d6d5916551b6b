"""Activations, losses and batch normalization are PyTorch's: 50 steps of both end in the same weights."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backprop.nn import (
    ACTIVATIONS,
    LOSSES,
    Activation,
    Examples,
    Layer,
    Loss,
    Network,
    Predictor,
    Recipe,
    Training,
    initial_parameters,
    named_parameters,
)
from backprop.nn.calls import Array
from backprop.nn.choices.activations.rectifiers import Elu, LeakyRelu
from backprop.nn.choices.losses.classes import BinaryCrossEntropy, CrossEntropy
from backprop.nn.choices.losses.values import Huber, MeanAbsoluteError, MeanSquaredError, Poisson
from backprop.nn.choices.optimizers import Sgd
from backprop.nn.choices.schedules import Constant

ROWS, BATCH, EPOCHS = 23, 5, 10  # 50 steps, every fifth on the 3 rows that are left
ACTIVATION_PAIRS: list[tuple[Activation | str, Callable[[Any], Any]]] = [
    ("identity", lambda z: z),
    ("sigmoid", torch.sigmoid),
    ("tanh", torch.tanh),
    ("relu", torch.relu),
    ("leaky_relu", functional.leaky_relu),
    (LeakyRelu(0.3), partial(functional.leaky_relu, negative_slope=0.3)),
    ("elu", functional.elu),
    (Elu(0.7), partial(functional.elu, alpha=0.7)),
    ("selu", functional.selu),
    ("gelu", functional.gelu),
    ("silu", functional.silu),
    ("softplus", functional.softplus),
    ("softsign", functional.softsign),
    # hardsigmoid itself takes 1/6 as a 32-bit number, whatever the dtype.
    ("hard_sigmoid", lambda z: torch.clamp(z / 6 + 0.5, 0, 1)),
    ("softmax", partial(torch.softmax, dim=-1)),
    ("exponential", torch.exp),
]
# The loss, its output, and PyTorch's of z.
LOSS_PAIRS: list[tuple[Loss, str, Callable[[Any, Any], Any]]] = [
    (MeanSquaredError(), "identity", lambda z, y: functional.mse_loss(z, y) / 2),
    (MeanSquaredError(), "softmax", lambda z, y: functional.mse_loss(torch.softmax(z, -1), y) / 2),
    (MeanAbsoluteError(), "identity", functional.l1_loss),
    (Huber(), "identity", functional.huber_loss),
    (Huber(0.3), "tanh", lambda z, y: functional.huber_loss(torch.tanh(z), y, delta=0.3)),
    (CrossEntropy(), "softmax", functional.cross_entropy),
    (CrossEntropy(0.2), "softmax", partial(functional.cross_entropy, label_smoothing=0.2)),
    (BinaryCrossEntropy(), "sigmoid", functional.binary_cross_entropy_with_logits),
    (Poisson(), "exponential", functional.poisson_nll_loss),
]


def examples() -> Examples:
    x = np.random.RandomState(0).normal(size=(ROWS, 4))
    return Examples(x, np.eye(3)[x[:, :3].argmax(1)])


def twin(network: Network, f: Callable[[Any], Any], parameters: Array) -> tuple[nn.ModuleList, Callable[[Any], Any]]:
    """The network's layers in PyTorch, and what they make of x up to the last z."""
    named = {name: torch.tensor(value) for name, value in named_parameters(network, parameters).items()}
    layers, between = nn.ModuleList(), []
    for number, (layer, (inputs, units)) in enumerate(zip(network.layers, network.fan, strict=True), start=1):
        linear = nn.Linear(inputs, units, dtype=torch.float64)
        linear.weight = nn.Parameter(named[f"w{number}"].T.clone())
        linear.bias = nn.Parameter(named[f"b{number}"])
        norm = [nn.BatchNorm1d(units, dtype=torch.float64)] if layer.batch_norm else []
        layers.extend([linear, *norm])
        between += [linear, *norm, f]

    def weighted_inputs(x: Any) -> Any:
        for step in between[:-1]:
            x = step(x)
        return x

    return layers, weighted_inputs


def learn(layers: Any, weighted_inputs: Any, loss: Callable[[Any, Any], Any]) -> None:
    """PyTorch's own 50 steps."""
    optimizer, data = torch.optim.SGD(layers.parameters(), 0.05), examples()
    for _ in range(EPOCHS):
        for start in range(0, ROWS, BATCH):
            x, y = (torch.tensor(array[start : start + BATCH]) for array in (data.x, data.y))
            optimizer.zero_grad()
            loss(weighted_inputs(x), y).backward()
            optimizer.step()


def assert_same_end(network: Network, f: Callable[[Any], Any], loss: Loss, theirs: Callable[[Any, Any], Any]) -> None:
    start = initial_parameters(network, 1)
    layers, weighted_inputs = twin(network, f, start)
    learn(layers, weighted_inputs, theirs)
    training = Training(
        network, Recipe(loss, Sgd(0.05), Constant(), EPOCHS, BATCH, shuffle=False), examples(), parameters=start
    )
    list(training.epochs())
    named = named_parameters(network, training.parameters)
    assert np.abs(training.parameters - start).max() > 1e-3
    linears = [layer for layer in layers if isinstance(layer, nn.Linear)]
    for number, linear in enumerate(linears, start=1):
        assert named[f"w{number}"] == pytest.approx(linear.weight.detach().numpy().T, rel=1e-9, abs=1e-11)
        assert named[f"b{number}"] == pytest.approx(linear.bias.detach().numpy(), rel=1e-9, abs=1e-11)


def test_every_activation_and_every_loss_that_pytorch_has_is_compared() -> None:
    assert {getattr(f, "name", f) for f, _ in ACTIVATION_PAIRS} == set(ACTIVATIONS)
    assert {loss.name for loss, _, _ in LOSS_PAIRS} == set(LOSSES) - {"hinge"}  # PyTorch's hinges are others


@pytest.mark.parametrize(("ours", "theirs"), ACTIVATION_PAIRS)
def test_activations(ours: Activation | str, theirs: Callable[[Any], Any]) -> None:
    network = Network(4, (Layer(6, ours), Layer(5, ours), Layer(3, "softmax")), dtype="float64")
    assert_same_end(network, theirs, CrossEntropy(), functional.cross_entropy)


@pytest.mark.parametrize(("ours", "output", "theirs"), LOSS_PAIRS)
def test_losses(ours: Loss, output: str, theirs: Callable[[Any, Any], Any]) -> None:
    network = Network(4, (Layer(6, "tanh"), Layer(3, output)), dtype="float64")
    assert_same_end(network, torch.tanh, ours, theirs)


def test_batch_normalization_in_training_and_in_prediction() -> None:
    hidden = (Layer(6, "relu", batch_norm=True), Layer(5, "relu", batch_norm=True))
    network = Network(4, (*hidden, Layer(3, "softmax")), dtype="float64")
    start = initial_parameters(network, 1)
    layers, weighted_inputs = twin(network, torch.relu, start)
    learn(layers, weighted_inputs, functional.cross_entropy)
    recipe = Recipe("cross_entropy", Sgd(0.05), Constant(), EPOCHS, BATCH, shuffle=False)
    training = Training(network, recipe, examples(), parameters=start)
    list(training.epochs())

    named = named_parameters(network, training.parameters)
    norms = [layer for layer in layers if isinstance(layer, nn.BatchNorm1d)]
    for number, norm in enumerate(norms, start=1):
        expected = {"gamma": norm.weight, "beta": norm.bias, "mean": norm.running_mean, "variance": norm.running_var}
        for name, tensor in expected.items():
            assert tensor is not None
            assert named[f"{name}{number}"] == pytest.approx(tensor.detach().numpy(), rel=1e-9, abs=1e-11)

    layers.eval()
    x = examples().x
    outputs = torch.softmax(weighted_inputs(torch.tensor(x)), -1).detach().numpy()
    assert Predictor(network, training.parameters).outputs(x) == pytest.approx(outputs, rel=1e-9)
