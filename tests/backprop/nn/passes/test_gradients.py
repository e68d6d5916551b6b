"""Everything differentiable against central differences, in float64, over the whole tables."""

from collections.abc import Callable

import numpy as np
import pytest

from backprop.nn import ACTIVATIONS, LOSSES, Examples, Layer, Network, evaluate, initial_parameters
from backprop.nn.calls import Array
from backprop.nn.network import layer_parameters
from backprop.nn.passes.layers import Dropout
from backprop.nn.passes.plan import ForwardPlan, Objective, TrainingPlan
from backprop.nn.randomness import DROPOUT, Stream
from backprop.nn.training.batches import fill, places
from backprop.nn.training.position import Position

# Every activation under every loss with its usual output, and every output that a loss takes.
USUAL = {"mse": "identity", "mae": "sigmoid", "huber": "tanh"}
HIDDEN = [(hidden, USUAL.get(loss) or LOSSES[loss].over[0], loss) for hidden in ACTIVATIONS for loss in LOSSES]
OUTPUT = [("tanh", output, loss) for loss in LOSSES for output in ACTIVATIONS if LOSSES[loss].accepts(output)]
CASES = list(dict.fromkeys([*HIDDEN, *OUTPUT]))
# Where f' jumps, or bends so sharply that a step across tells nothing of either side.
CORNERS = dict.fromkeys(("relu", "leaky_relu", "elu", "selu", "softsign"), (0.0,)) | {"hard_sigmoid": (-3.0, 3.0)}
ROWS = 7


def targets(loss: str, random: np.random.RandomState) -> Array:
    """One-hot rows where the loss wants a distribution, else numbers from 0 to 1."""
    if loss == "cross_entropy":
        return np.eye(3)[random.randint(3, size=ROWS)]
    return random.uniform(size=(ROWS, 3))


def filled_plan(
    network: Network, flat: Array, filled: Array, examples: Examples, loss: str
) -> tuple[TrainingPlan, float]:
    """A plan after one step on the examples, which leaves the gradient in `filled`, and the rows' losses summed."""
    plan = TrainingPlan(network, (flat, filled), examples.rows, Objective(LOSSES[loss](), examples.weight is not None))
    fill(places(plan), examples)
    for call in plan.forward:
        call()
    total = plan.loss()
    for call in plan.backward:
        call()
    return plan, total


def gradient(network: Network, flat: Array, examples: Examples, loss: str) -> Array:
    """What a training plan leaves in the gradient vector."""
    filled = np.full(network.learned_count, np.nan)
    filled_plan(network, flat.copy(), filled, examples, loss)
    return filled


def differences(loss: Callable[[Array], float], flat: Array, count: int) -> Array:
    """(L(w + h) - L(w - h)) / 2h for the first `count` weights, freed of its h^2 term by a second h (Richardson)."""
    estimates = []
    for h in (1e-3, 5e-4):
        slopes = np.empty(count)
        for index in range(count):
            sides = []
            for sign in (1, -1):
                moved = flat.copy()
                moved[index] += sign * h
                sides.append(loss(moved))
            slopes[index] = (sides[0] - sides[1]) / (2 * h)
        estimates.append(slopes)
    wide, narrow = estimates
    return (4 * narrow - wide) / 3


def central_differences(network: Network, flat: Array, examples: Examples, loss: str) -> Array:
    """The loss's slope by every weight."""
    return differences(lambda moved: evaluate(network, moved, examples, loss), flat, flat.size)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("hidden", "output", "loss"), CASES)
def test_backpropagation_equals_central_differences(hidden: str, output: str, loss: str, bias: bool) -> None:
    network = Network(4, (Layer(5, hidden), Layer(4, hidden), Layer(3, output)), bias=bias, dtype="float64")
    flat, examples = smooth_case(network, loss)
    backpropagated = gradient(network, flat, examples, loss)
    numeric = central_differences(network, flat, examples, loss)
    scale = np.abs(numeric).max()
    assert scale > 1e-6
    assert np.abs(backpropagated - numeric).max() < 1e-7 * scale


def smooth_case(network: Network, loss: str) -> tuple[Array, Examples]:
    """Parameters and examples with nothing so near a corner that a step of 1e-3 could cross it."""
    # Exponentials of exponentials grow beyond what differences can tell.
    scale = 0.2 if "exponential" in (layer.f.name for layer in network.layers) else 0.7
    for seed in range(1000):
        random = np.random.RandomState(seed)
        flat = random.normal(scale=scale, size=network.parameter_count)
        examples = Examples(random.normal(size=(ROWS, 4)), targets(loss, random))
        if is_smooth(network, flat, examples, loss):
            return flat, examples
    raise AssertionError("every case is near a corner")


def is_smooth(network: Network, flat: Array, examples: Examples, loss: str) -> bool:
    """Whether z, or a's distance to the target, keeps off every corner in every layer."""
    x = examples.x.T
    distances = []
    for layer, p in zip(network.layers, layer_parameters(network, flat), strict=True):
        z = p.w[: len(x)].T @ x + (p.w[-1][:, None] if network.bias else 0)
        distances += [np.abs(z - corner).min() for corner in CORNERS.get(layer.f.name, ())]
        x = activated(layer, z)
    error = x - examples.y.T
    corner = {"mae": error, "huber": np.abs(error) - 1, "hinge": 1 - (2 * examples.y.T - 1) * x}
    distances += [np.abs(corner[loss]).min()] if loss in corner else []
    return min(distances, default=1.0) > 0.01


def activated(layer: Layer, z: Array) -> Array:
    """a = f(z), by the activation's own calls."""
    plan = ForwardPlan(Network(len(z), (layer,), bias=False, dtype="float64"), np.eye(len(z)).reshape(-1), z.shape[1:])
    np.copyto(plan.x, z)
    for call in plan.forward:
        call()
    return plan.output.a.copy()


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_make_the_gradient_of_the_weighted_mean(loss: str) -> None:
    network = Network(4, (Layer(5, "tanh"), Layer(3, USUAL.get(loss) or LOSSES[loss].over[0])), dtype="float64")
    flat, examples = smooth_case(network, loss)
    weight = np.array([0.0, 1.0, 2.0, 0.5, 1.0, 3.0, 0.25])
    each = [gradient(network, flat, Examples(examples.x[[i]], examples.y[[i]]), loss) for i in range(ROWS)]
    expected = np.average(each, axis=0, weights=weight)

    weighted = Examples(examples.x, examples.y, weight)
    assert gradient(network, flat, weighted, loss) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
def test_batch_normalization_passes_back_through_its_mean_and_variance(weighted: bool) -> None:
    network = Network(
        4, (Layer(5, "tanh", batch_norm=True), Layer(4, "silu", batch_norm=True), Layer(3, "softmax")), dtype="float64"
    )
    random = np.random.RandomState(0)
    flat = initial_parameters(network, 0)
    flat[: network.learned_count] += random.normal(scale=0.3, size=network.learned_count)
    weight = random.uniform(size=ROWS) if weighted else None
    examples = Examples(random.normal(size=(ROWS, 4)), targets("cross_entropy", random), weight)
    numeric = differences(lambda moved: batch_loss(network, moved, examples), flat, network.learned_count)
    backpropagated = gradient(network, flat, examples, "cross_entropy")
    assert np.abs(backpropagated - numeric).max() < 1e-7 * np.abs(numeric).max()


def batch_loss(network: Network, flat: Array, examples: Examples) -> float:
    """The mean loss as training sees it, the batch's own statistics in batch normalization."""
    plan, total = filled_plan(network, flat, np.zeros(network.learned_count), examples, "cross_entropy")
    return total / (ROWS if plan.weight is None else float(plan.weight.sum()))


@pytest.mark.parametrize("bias", [True, False])
def test_dropout_passes_back_what_its_mask_let_through(bias: bool) -> None:
    # With its mask fixed, dropout multiplies the activations, so it may as well multiply the next layer's weights, row
    # by row; but each sample has its own mask, so one sample at a time.
    network = Network(4, (Layer(6, "tanh", 0.4), Layer(3, "sigmoid")), bias=bias, dtype="float64")
    random = np.random.RandomState(1)
    flat = random.normal(size=network.parameter_count)
    dropout = Dropout(0.4, 0, [Stream(3, DROPOUT)], Position(1, 1))
    filled = np.zeros_like(flat)
    plan = TrainingPlan(network, (flat, filled), 1, Objective(LOSSES["mse"]()), [dropout, None])
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
