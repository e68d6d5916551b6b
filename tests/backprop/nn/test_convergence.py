"""The engine learns what a multi-layer perceptron is known to learn."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from backprop.nn import Examples, Layer, Network, Predictor, Recipe, Training
from backprop.nn.choices.optimizers import Adam

Array = npt.NDArray[Any]


def outputs(network: Network, recipe: Recipe, train: Examples, asked: Array) -> Array:
    training = Training(network, recipe, train)
    for _ in training.epochs():
        pass
    return Predictor(network, training.parameters).outputs(asked)


def spirals(rows: int, seed: int) -> tuple[Array, Array]:
    """Points on two arms that wind one and a half times around each other, and which of them each is on."""
    random = np.random.RandomState(seed)
    arm, turn = random.randint(0, 2, rows), np.sqrt(random.uniform(size=rows)) * 3 * np.pi
    angle = turn + arm * np.pi
    points = np.column_stack([turn * np.cos(angle), turn * np.sin(angle)]) / (3 * np.pi)
    return points + random.normal(scale=0.01, size=points.shape), arm


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_two_spirals(activation: str) -> None:
    (x, arm), (asked, expected) = spirals(600, 0), spirals(400, 1)
    network = Network(2, (Layer(48, activation), Layer(48, activation), Layer(1, "sigmoid")))
    recipe = Recipe("binary_cross_entropy", Adam(0.01), epochs=200)
    found = outputs(network, recipe, Examples(x, arm[:, None]), asked)[:, 0] > 0.5
    assert (found == expected).mean() >= 0.98


def test_digits() -> None:
    images, digits = load_digits(return_X_y=True)
    x, asked, classes, expected = train_test_split(images / 16, digits, test_size=0.2, random_state=0, stratify=digits)
    network = Network(64, (Layer(100, "relu"), Layer(10, "softmax")))
    found = outputs(network, Recipe("cross_entropy", epochs=60), Examples(x, np.eye(10)[classes]), asked).argmax(1)
    assert (found == expected).mean() >= 0.97
