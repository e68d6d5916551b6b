"""Penalties, clipping and the constraint, each against its formula on one step of gradient descent."""

import numpy as np
import pytest

from backprop.nn import Examples, Layer, Network, Recipe, Regularization, Training, initial_parameters, named_parameters
from backprop.nn.calls import Array
from backprop.nn.choices.optimizers import Sgd
from backprop.nn.choices.schedules import Constant

NETWORK = Network(3, (Layer(4, "tanh", batch_norm=True), Layer(2, "identity")), dtype="float64")
ROWS = 5
START = initial_parameters(NETWORK, 0)


def after_a_step(**chosen: float) -> Array:
    """The parameters after one step at a rate of 1, so that the step is the gradient."""
    random = np.random.RandomState(1)
    examples = Examples(random.normal(size=(ROWS, 3)), random.normal(size=(ROWS, 2)))
    recipe = Recipe("mse", Sgd(1.0), Constant(), 1, ROWS, regularization=Regularization(**chosen))
    training = Training(NETWORK, recipe, examples, parameters=START)
    list(training.epochs())
    return training.parameters


PLAIN = after_a_step()
LEARNED = slice(NETWORK.learned_count)
GRADIENT = (START - PLAIN)[LEARNED]
WEIGHTS = np.concatenate(
    [np.full(view.size, name.startswith("w")) for name, view in named_parameters(NETWORK, START).items()]
)


def test_l2_adds_the_weights_over_the_rows_and_leaves_biases_and_normalization_alone() -> None:
    assert after_a_step(l2=0.3) == pytest.approx(PLAIN - 0.3 / ROWS * START * WEIGHTS)


def test_l1_adds_the_weights_signs_over_the_rows() -> None:
    assert after_a_step(l1=0.3) == pytest.approx(PLAIN - 0.3 / ROWS * np.sign(START) * WEIGHTS)


def test_clip_value_cuts_every_entry_of_the_gradient() -> None:
    assert np.abs(GRADIENT).max() > 0.05
    assert after_a_step(clip_value=0.05)[LEARNED] == pytest.approx(START[LEARNED] - np.clip(GRADIENT, -0.05, 0.05))


def test_clip_norm_shortens_the_gradient_and_leaves_a_short_one_alone() -> None:
    length = float(np.linalg.norm(GRADIENT))
    short = after_a_step(clip_norm=length / 2)
    assert short[LEARNED] == pytest.approx(START[LEARNED] - GRADIENT / 2, rel=1e-5)
    assert np.array_equal(after_a_step(clip_norm=2 * length), PLAIN)


def test_max_norm_shortens_the_incoming_weights_of_each_unit() -> None:
    plain, shortened = (named_parameters(NETWORK, flat) for flat in (PLAIN, after_a_step(max_norm=0.6)))
    for name in ("w1", "w2"):
        lengths = np.linalg.norm(plain[name], axis=0)
        assert shortened[name] == pytest.approx(plain[name] * np.minimum(1, 0.6 / lengths))
    assert np.array_equal(shortened["b1"], plain["b1"])
    assert (np.linalg.norm(plain["w1"], axis=0) > 0.6).any()


def test_running_statistics_move_a_tenth_of_the_way() -> None:
    # As torch.nn.BatchNorm1d: mean and unbiased variance of z over the batch.
    x = np.random.RandomState(1).normal(size=(ROWS, 3))
    named = named_parameters(NETWORK, START)
    z = x @ named["w1"] + named["b1"]
    after = named_parameters(NETWORK, PLAIN)
    assert after["mean1"] == pytest.approx(0.1 * z.mean(0))
    assert after["variance1"] == pytest.approx(0.9 + 0.1 * z.var(0, ddof=1))
