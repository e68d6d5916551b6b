"""Shapes, names, order and beginnings of the parameters."""

import hashlib
import tracemalloc

import numpy as np
import pytest

from backprop.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    Examples,
    Layer,
    Network,
    Optimizer,
    Recipe,
    Stop,
    Training,
    buffer_bytes,
    digest,
    flatten,
    flops_per_row,
    initial_parameters,
    named_parameters,
)
from backprop.nn.choices.initializers import Normal, Orthogonal
from backprop.nn.choices.optimizers import Adam, Lbfgs
from backprop.nn.choices.schedules import Constant

NETWORK = Network(3, (Layer(2, "relu"), Layer(4, "softmax")), dtype="float64")


def test_parameters_lie_in_order() -> None:
    assert NETWORK.shapes == (("w1", (3, 2)), ("b1", (2,)), ("w2", (2, 4)), ("b2", (4,)))
    assert NETWORK.parameter_count == 20
    named = named_parameters(NETWORK, np.arange(20.0))
    assert np.array_equal(np.concatenate([value.reshape(-1) for value in named.values()]), np.arange(20))
    assert [value.shape for value in named.values()] == [shape for _, shape in NETWORK.shapes]


def test_without_bias_there_are_weights_alone() -> None:
    assert Network(3, NETWORK.layers, bias=False).shapes == (("w1", (3, 2)), ("w2", (2, 4)))


def test_flatten_and_named_parameters_are_inverses() -> None:
    weights, biases = [np.ones((3, 2)), np.full((2, 4), 2.0)], [[3.0, 3.0], [4.0] * 4]
    named = named_parameters(NETWORK, flatten(NETWORK, weights, biases))
    assert [float(value.flat[0]) for value in named.values()] == [1, 3, 2, 4]
    assert named_parameters(NETWORK, flatten(NETWORK, weights))["b1"].tolist() == [0, 0]


def test_flatten_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"w1 has shape \(2, 3\)"):
        flatten(NETWORK, [np.ones((2, 3)), np.ones((2, 4))])
    with pytest.raises(ValueError, match="given are"):
        flatten(NETWORK, [np.ones((3, 2))])
    with pytest.raises(ValueError, match="given are"):
        flatten(Network(3, NETWORK.layers, bias=False), [np.ones((3, 2)), np.ones((2, 4))], [[0, 0], [0] * 4])


def test_initial_weights_come_layer_by_layer_from_random_state() -> None:
    random = np.random.RandomState(10)
    w1, w2 = random.normal(scale=0.5, size=(3, 2)), random.normal(scale=0.5, size=(2, 4))
    drawn = initial_parameters(NETWORK, 10, Normal(0.5))
    assert np.array_equal(drawn, flatten(NETWORK, [w1, w2]))


def test_by_default_relu_gets_he_and_the_rest_glorot() -> None:
    random = np.random.RandomState(4)
    he, glorot = np.sqrt(6 / 3), np.sqrt(6 / (2 + 4))
    w1, w2 = random.uniform(-he, he, (3, 2)), random.uniform(-glorot, glorot, (2, 4))
    assert np.array_equal(initial_parameters(NETWORK, 4), flatten(NETWORK, [w1, w2]))


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("normal", 0.05**2),
        ("uniform", 0.05**2 / 3),
        ("glorot_normal", 2 / 700),
        ("glorot_uniform", 2 / 700),
        ("he_normal", 2 / 300),
        ("he_uniform", 2 / 300),
        ("lecun_normal", 1 / 300),
        ("lecun_uniform", 1 / 300),
        ("orthogonal", 1 / 400),
        ("zeros", 0.0),
    ],
)
def test_initializers_have_their_variance(name: str, variance: float) -> None:
    weights = INITIALIZERS[name]().weights(np.random.RandomState(0), 300, 400)
    assert weights.shape == (300, 400)
    assert weights.var() == pytest.approx(variance, rel=0.02)
    assert abs(weights.mean()) <= 4 * np.sqrt(variance / weights.size)


@pytest.mark.parametrize(("inputs", "units"), [(7, 4), (4, 7), (5, 5)])
def test_orthogonal_weights_are_orthonormal_times_gain(inputs: int, units: int) -> None:
    weights = Orthogonal(gain=2.0).weights(np.random.RandomState(0), inputs, units)
    assert weights.shape == (inputs, units)
    products = weights.T @ weights if inputs >= units else weights @ weights.T
    assert products == pytest.approx(4 * np.eye(min(inputs, units)), abs=1e-14)


def test_orthogonal_weights_point_anywhere() -> None:
    # Without its turning, QR's first column has an entry below 0 in front: its sign would not be left to chance.
    draws = [Orthogonal().weights(np.random.RandomState(seed), 3, 3)[0, 0] for seed in range(200)]
    assert 70 < sum(draw > 0 for draw in draws) < 130


def test_every_initializer_suits_what_it_is_said_to() -> None:
    suited = {name: activation.initializer for name, activation in ACTIVATIONS.items()}
    assert suited["relu"] == "he_uniform"
    assert suited["selu"] == "lecun_normal"
    assert suited["tanh"] == suited["softmax"] == "glorot_uniform"
    assert set(suited.values()) <= set(INITIALIZERS)


def test_the_digest_is_of_the_bytes_in_order() -> None:
    flat = np.arange(20.0)
    assert digest(NETWORK, flat) == hashlib.sha256(flat.astype("<f8").tobytes()).hexdigest()


def test_flops_are_three_products_a_layer() -> None:
    assert flops_per_row(NETWORK) == 6 * (3 * 2 + 2 * 4)


@pytest.mark.parametrize(("optimizer", "batch_size"), [(Adam(), 32), (Adam(), 2000), (Lbfgs(), 2000)])
@pytest.mark.parametrize("layers", [(Layer(300, "relu", 0.1), Layer(10, "softmax")), (Layer(2, "sigmoid"),)])
def test_the_told_bytes_suffice_and_are_not_absurd(
    layers: tuple[Layer, ...], optimizer: Optimizer, batch_size: int
) -> None:
    network = Network(64, layers)
    recipe = Recipe("mse", optimizer, Constant(), 5, batch_size, stop=Stop(patience=2))
    examples = Examples(np.ones((2000, 64), np.float32), np.ones((2000, network.outputs), np.float32))
    tracemalloc.start()
    training = Training(network, recipe, examples, examples)
    list(training.epochs())
    training.state().to_bytes()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < buffer_bytes(network, recipe, 2000) < 3 * peak + 2**21
