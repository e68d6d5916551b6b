"""The tutorial's two runs, over HTTP, number for number beside plain NumPy."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from tests.end_to_end.stack import Stack

EXAMPLES = Path(__file__).parents[2] / "examples"
Array = NDArray[np.float64]


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def plain_iris() -> tuple[list[float], Array, Array, float]:
    """The tutorial's loop: the loss of each of 5000 epochs, the final weights, and the accuracy on the test rows."""
    x, labels = load_iris(return_X_y=True)
    x_train, x_test, t_train, t_test = train_test_split(x, labels, test_size=20, random_state=4)
    y = np.eye(3)[t_train]
    random = np.random.RandomState(10)
    w1, w2 = random.normal(scale=0.5, size=(4, 2)), random.normal(scale=0.5, size=(2, 3))
    losses = []
    for _ in range(5000):
        a1 = sigmoid(x_train @ w1)
        a2 = sigmoid(a1 @ w2)
        losses.append(float(((a2 - y) ** 2).sum() / (2 * y.size)))
        delta2 = (a2 - y) * a2 * (1 - a2)
        delta1 = delta2 @ w2.T * a1 * (1 - a1)
        w2 = w2 - 0.1 * (a1.T @ delta2 / y.size)
        w1 = w1 - 0.1 * (x_train.T @ delta1 / y.size)
    predicted = sigmoid(sigmoid(x_test @ w1) @ w2).argmax(axis=1)
    return losses, w1, w2, float((predicted == t_test).mean())


def example(name: str) -> dict[str, Any]:
    job: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return job


def test_iris_is_the_tutorials_in_every_epoch(stack: Stack) -> None:
    losses, w1, w2, accuracy = plain_iris()
    job = stack.wait(stack.submit(example("iris")))
    metrics = stack.get(f"/v1/jobs/{job['id']}/metrics?max_points=10000")
    assert metrics["epoch"] == list(range(1, 5001))
    np.testing.assert_allclose(metrics["loss"], losses, rtol=0, atol=1e-12)
    weights = stack.get(f"/v1/models/{job['model']['id']}/weights?format=json")
    np.testing.assert_allclose(weights["w1"], w1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(weights["w2"], w2, rtol=0, atol=1e-12)
    assert job["results"]["test"]["accuracy"] == accuracy == 0.8


def test_the_network_worked_by_hand(stack: Stack) -> None:
    """Inputs (2, 3), target 1, identity, no bias, learning rate 0.05: one step."""
    job = stack.wait(stack.submit(example("by-hand")))
    metrics = stack.get(f"/v1/jobs/{job['id']}/metrics")
    # prediction 0.191: 2*0.11 + 3*0.21 = 0.85, 2*0.12 + 3*0.08 = 0.48, 0.85*0.14 + 0.48*0.15 = 0.191
    assert metrics["loss"] == pytest.approx([(1 - 0.191) ** 2 / 2], abs=1e-15)  # printed 0.327
    # delta = 0.191 - 1 = -0.809; w5 = 0.14 + 0.05*0.809*0.85, w1 = 0.11 + 0.05*0.809*0.14*2, and so on
    weights = stack.get(f"/v1/models/{job['model']['id']}/weights?format=json")
    np.testing.assert_allclose(weights["w1"], [[0.121326, 0.132135], [0.226989, 0.0982025]], rtol=0, atol=1e-15)
    np.testing.assert_allclose(weights["w2"], [[0.17438250000000003], [0.169416]], rtol=0, atol=1e-15)
    answer = stack.request("POST", f"/v1/models/{job['name']}/predict", {"instances": [[2, 3]]})
    h1, h2 = 2 * 0.121326 + 3 * 0.226989, 2 * 0.132135 + 3 * 0.0982025
    assert answer.body["predictions"] == pytest.approx([h1 * 0.1743825 + h2 * 0.169416], abs=1e-15)
    assert answer.body["predictions"][0] == pytest.approx(0.25575, abs=1e-5)  # printed 0.26
