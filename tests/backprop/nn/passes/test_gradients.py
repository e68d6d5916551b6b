"""Everything differentiable against central differences, in float64, over the whole tables."""

import itertools

import numpy as np
import pytest

from backprop.nn import ACTIVATIONS, LOSSES, Examples, Layer, Network, evaluate
from backprop.nn.calls import Array
from backprop.nn.passes.layers import Dropout
from backprop.nn.passes.plan import TrainingPlan
from backprop.nn.randomness import DROPOUT, Stream
from backprop.nn.training.position import Position

ACCEPTED = [
    (hidden, output, loss)
    for hidden, output, loss in itertools.product(ACTIVATIONS, ACTIVATIONS, LOSSES)
    if LOSSES[loss].accepts(output)
]
ROWS = 7


def targets(loss: str, random: np.random.RandomState) -> Array:
    """One-hot rows where the loss wants a distribution, else numbers from 0 to 1."""
    if loss == "cross_entropy":
        return np.eye(3)[random.randint(3, size=ROWS)]
    return random.uniform(size=(ROWS, 3))


def gradient(network: Network, flat: Array, examples: Examples, loss: str) -> Array:
    """What a training plan leaves in the gradient vector."""
    filled = np.zeros_like(flat)
    plan = TrainingPlan(network, (flat, filled), ROWS, LOSSES[loss])
    np.copyto(plan.x, examples.x.T)
    np.copyto(plan.y, examples.y.T)
    for call in [*plan.forward, plan.loss, *plan.backward]:
        call()
    return filled


def central_differences(network: Network, flat: Array, examples: Examples, loss: str) -> Array:
    """(L(w + h) - L(w - h)) / 2h for every weight, freed of its h^2 term by a second h (Richardson)."""
    estimates = []
    for h in (1e-3, 5e-4):
        slopes = np.empty_like(flat)
        for index in range(flat.size):
            sides = []
            for sign in (1, -1):
                moved = flat.copy()
                moved[index] += sign * h
                sides.append(evaluate(network, moved, examples, loss))
            slopes[index] = (sides[0] - sides[1]) / (2 * h)
        estimates.append(slopes)
    wide, narrow = estimates
    return (4 * narrow - wide) / 3


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("hidden", "output", "loss"), ACCEPTED)
def test_backpropagation_equals_central_differences(hidden: str, output: str, loss: str, bias: bool) -> None:
    network = Network(4, (Layer(5, hidden), Layer(4, hidden), Layer(3, output)), bias=bias, dtype="float64")
    for seed in range(100):
        random = np.random.RandomState(seed)
        flat = random.normal(scale=0.7, size=network.parameter_count)
        examples = Examples(random.normal(size=(ROWS, 4)), targets(loss, random))
        if is_smooth_and_alive(network, flat, examples.x):
            break
    backpropagated = gradient(network, flat, examples, loss)
    numeric = central_differences(network, flat, examples, loss)
    scale = np.abs(numeric).max()
    assert scale > 1e-6
    assert np.abs(backpropagated - numeric).max() < 1e-7 * scale


def is_smooth_and_alive(network: Network, flat: Array, x: Array) -> bool:
    """Whether no relu's z is so near 0 that a step of 1e-3 could cross it, and some are above."""
    plan = TrainingPlan(network, (flat, np.zeros_like(flat)), ROWS, LOSSES["mse"])
    np.copyto(plan.x, x.T)
    for call in plan.forward:
        call()
    relus = [layer.signal.z for layer in plan.layers if layer.activation.name == "relu"]
    return all(np.abs(z).min() > 0.02 and z.max() > 0 for z in relus)


@pytest.mark.parametrize("bias", [True, False])
def test_dropout_passes_back_what_its_mask_let_through(bias: bool) -> None:
    # With its mask fixed, dropout multiplies the activations, so it may as well multiply the next layer's weights, row
    # by row; but each sample has its own mask, so one sample at a time.
    network = Network(4, (Layer(6, "tanh", 0.4), Layer(3, "sigmoid")), bias=bias, dtype="float64")
    random = np.random.RandomState(1)
    flat = random.normal(size=network.parameter_count)
    dropout = Dropout(0.4, 0, Stream(3, DROPOUT), Position(1, 1))
    filled = np.zeros_like(flat)
    plan = TrainingPlan(network, (flat, filled), 1, LOSSES["mse"], [dropout, None])
    x, y = random.normal(size=(1, 4)), random.uniform(size=(1, 3))
    np.copyto(plan.x, x.T)
    np.copyto(plan.y, y.T)
    for call in [*plan.forward, plan.loss, *plan.backward]:
        call()
    mask = dropout.mask[:, 0]
    assert 0 < np.count_nonzero(mask) < 6

    start = (4 + bias) * 6
    thinned = flat.copy()
    thinned[start : start + 18] *= np.repeat(mask, 3)
    plain = Network(4, (Layer(6, "tanh"), Layer(3, "sigmoid")), bias=bias, dtype="float64")
    numeric = central_differences(plain, thinned, Examples(x, y), "mse")
    numeric[start : start + 18] *= np.repeat(mask, 3)
    assert np.abs(filled - numeric).max() < 1e-7 * np.abs(numeric).max()
