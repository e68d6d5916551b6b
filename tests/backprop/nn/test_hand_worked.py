"""Numbers that can be followed with a pencil: the tutorial's networks and one step of each optimizer."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from backprop.nn import (
    STEPWISE,
    Examples,
    Layer,
    Network,
    Predictor,
    Recipe,
    Training,
    flatten,
    named_parameters,
)
from backprop.nn.choices.optimizers import (
    Adadelta,
    AdaGrad,
    Adam,
    Adamax,
    AdamW,
    AmsGrad,
    Chunk,
    Nadam,
    RmsProp,
    Sgd,
    Stepwise,
)
from backprop.nn.choices.schedules import Constant
from backprop.nn.training.position import Position

Array = npt.NDArray[np.float64]
CONSTANT = Constant()


def full_batch(learning_rate: float, epochs: int) -> Recipe:
    return Recipe("mse", Sgd(learning_rate), CONSTANT, epochs=epochs, batch_size=10**6, accuracy=True)


class TestTheTwoTwoOneNetwork:
    """Identity activations, no bias, x = (2, 3), y = 1, learning rate 0.05.

    z1 = 2 * 0.11 + 3 * 0.21 = 0.85, z2 = 2 * 0.12 + 3 * 0.08 = 0.48; p = 0.85 * 0.14 + 0.48 * 0.15 = 0.191.
    """

    network = Network(2, (Layer(2, "identity"), Layer(1, "identity")), bias=False, dtype="float64")
    start = flatten(network, [[[0.11, 0.12], [0.21, 0.08]], [[0.14], [0.15]]])

    def step(self) -> tuple[float, Array]:
        x, y = np.array([[2.0, 3.0]]), np.array([[1.0]])
        training = Training(self.network, full_batch(0.05, 1), Examples(x, y), parameters=self.start)
        (epoch,) = training.epochs()
        return epoch.loss, training.parameters

    def test_predicts(self) -> None:
        assert Predictor(self.network, self.start).outputs(np.array([[2.0, 3.0]])) == pytest.approx(0.191, abs=1e-15)

    def test_has_half_the_squared_error(self) -> None:
        assert self.step()[0] == pytest.approx(0.809**2 / 2, abs=1e-15)

    def test_moves_every_weight_as_worked_out(self) -> None:
        # delta = p - y = -0.809; w5 -= 0.05 * delta * 0.85, w6 -= 0.05 * delta * 0.48;
        # w1 -= 0.05 * delta * 0.14 * 2, w2 … * 3 (into hidden unit 1); w3, w4 with 0.15 (into hidden unit 2).
        w1, w2, w5 = 0.11 + 0.05 * 0.809 * 0.14 * 2, 0.21 + 0.05 * 0.809 * 0.14 * 3, 0.14 + 0.05 * 0.809 * 0.85
        w3, w4, w6 = 0.12 + 0.05 * 0.809 * 0.15 * 2, 0.08 + 0.05 * 0.809 * 0.15 * 3, 0.15 + 0.05 * 0.809 * 0.48
        exact = [w1, w3, w2, w4, w5, w6]
        assert self.step()[1] == pytest.approx(exact, abs=1e-15)
        assert [f"{value:.2f}" for value in (w1, w2, w3, w4, w5, w6)] == [
            "0.12",
            "0.23",
            "0.13",
            "0.10",
            "0.17",
            "0.17",
        ]

    def test_predicts_better_after_the_step(self) -> None:
        h1 = 2 * (0.11 + 0.05 * 0.809 * 0.28) + 3 * (0.21 + 0.05 * 0.809 * 0.42)
        h2 = 2 * (0.12 + 0.05 * 0.809 * 0.30) + 3 * (0.08 + 0.05 * 0.809 * 0.45)
        exact = h1 * (0.14 + 0.05 * 0.809 * 0.85) + h2 * (0.15 + 0.05 * 0.809 * 0.48)
        (((prediction,),)) = Predictor(self.network, self.step()[1]).outputs(np.array([[2.0, 3.0]]))
        assert prediction == pytest.approx(exact, abs=1e-15)
        assert exact == pytest.approx(0.25575, abs=5e-6)


def sigmoid(z: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-z))
    return result


def test_the_tutorials_iris_goes_through_the_same_weights_as_plain_numpy_at_every_step() -> None:
    data, labels = load_iris(return_X_y=True)
    targets = np.eye(3)[labels]
    x, x_test, y, y_test = train_test_split(data, targets, test_size=20, random_state=4)
    random = np.random.RandomState(10)
    w1, w2 = random.normal(scale=0.5, size=(4, 2)), random.normal(scale=0.5, size=(2, 3))
    network = Network(4, (Layer(2, "sigmoid"), Layer(3, "sigmoid")), bias=False, dtype="float64")
    training = Training(network, full_batch(0.1, 5000), Examples(x, y), parameters=flatten(network, [w1, w2]))
    worst = 0.0
    for epoch in training.epochs():
        a1 = sigmoid(x @ w1)
        p = sigmoid(a1 @ w2)
        error = p - y
        delta2 = error / y.size * p * (1 - p)
        delta1 = delta2 @ w2.T * a1 * (1 - a1)
        w2 = w2 - 0.1 * (a1.T @ delta2)
        w1 = w1 - 0.1 * (x.T @ delta1)
        named = named_parameters(network, training.parameters)
        worst = max(worst, np.abs(named["w1"] - w1).max(), np.abs(named["w2"] - w2).max())
        worst = max(worst, abs(epoch.loss - (error**2).sum() / (2 * y.size)))
    assert training.stop_reason == "epochs"
    assert worst < 1e-12
    hits = Predictor(network, training.parameters).outputs(x_test).argmax(1) == y_test.argmax(1)
    assert hits.mean() == 0.8


def steps(optimizer: Stepwise, gradients: list[float], w: float = 1.0) -> list[float]:
    """The parameter after each of the gradients."""
    parameters, gradient, scratch = np.array([w]), np.zeros(1), np.zeros(1)
    slots = {name: np.array([start]) for name, start in optimizer.slots.items()}
    position = Position(1, 1, learning_rate=optimizer.learning_rate)
    calls = optimizer.plan(Chunk(parameters, gradient, scratch, slots), position)
    path = []
    for value in gradients:
        gradient[0] = value
        position.step += 1
        for call in calls:
            call()
        path.append(float(parameters[0]))
    return path


class TestOneStepOfEachOptimizer:
    def test_sgd(self) -> None:
        # w = 1 - 0.1 * 0.5 = 0.95, then 0.95 - 0.1 * 0.2 = 0.93
        assert steps(Sgd(0.1), [0.5, 0.2]) == pytest.approx([0.95, 0.93], abs=1e-15)

    def test_momentum(self) -> None:
        # u = 0.5: w = 0.95; u = 0.9 * 0.5 + 0.2 = 0.65: w = 0.95 - 0.065 = 0.885
        assert steps(Sgd(0.1, momentum=0.9), [0.5, 0.2]) == pytest.approx([0.95, 0.885], abs=1e-15)

    def test_nesterov(self) -> None:
        # u = 0.5, along 0.5 + 0.9 * 0.5 = 0.95: w = 0.905
        # u = 0.65, along 0.2 + 0.9 * 0.65 = 0.785: w = 0.905 - 0.0785 = 0.8265
        path = steps(Sgd(0.1, momentum=0.9, nesterov=True), [0.5, 0.2])
        assert path == pytest.approx([0.905, 0.8265], abs=1e-15)

    def test_nesterov_without_momentum_is_plain(self) -> None:
        assert steps(Sgd(0.1, nesterov=True), [0.5]) == pytest.approx([0.95], abs=1e-15)

    def test_adam(self) -> None:
        # m = 0.05, v = 0.00025; freed of bias 0.5 and 0.25: w = 1 - 0.1 * 0.5 / (0.5 + 1e-8)
        # m = 0.9 * 0.05 + 0.1 * 0.2 = 0.065, v = 0.999 * 0.00025 + 0.001 * 0.04 = 0.00028975;
        # freed 0.065 / 0.19 and 0.00028975 / 0.001999
        first = 1 - 0.1 * 0.5 / (0.5 + 1e-8)
        second = first - 0.1 * (0.065 / 0.19) / ((0.00028975 / 0.001999) ** 0.5 + 1e-8)
        assert steps(Adam(0.1), [0.5, 0.2]) == pytest.approx([first, second], abs=1e-14)

    def test_adam_with_weight_decay(self) -> None:
        # As from g = 0.3 + 0.2 * 1 = 0.5.
        assert steps(Adam(0.1, weight_decay=0.2), [0.3]) == steps(Adam(0.1), [0.5])

    def test_adamw(self) -> None:
        # w shrinks to 1 - 0.1 * 0.2 = 0.98, and then steps as in adam.
        assert steps(AdamW(0.1, weight_decay=0.2), [0.5]) == pytest.approx([0.98 - 0.05 / (0.5 + 1e-8)], abs=1e-15)

    def test_amsgrad(self) -> None:
        # v = 0.5 * 0.25 = 0.125, then 0.5 * 0.125 + 0.5 * 0.04 = 0.0825, so the largest stays; freed by 1 - 0.25
        first = 1 - 0.1 * 0.5 / (0.5 + 1e-8)
        second = first - 0.1 * (0.065 / 0.19) / ((0.125 / 0.75) ** 0.5 + 1e-8)
        assert steps(AmsGrad(0.1, beta2=0.5), [0.5, 0.2]) == pytest.approx([first, second], abs=1e-14)

    def test_nadam(self) -> None:
        # g has the factor (1 - mu1) / (1 - mu1) = 1, then (1 - mu2) / (1 - mu1 mu2); moments as in adam.
        mu1, mu2, mu3 = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * step)) for step in (1, 2, 3))
        first = 1 - 0.1 * (0.5 + mu2 / (1 - mu1 * mu2) * 0.05) / (0.5 + 1e-8)
        along = (1 - mu2) / (1 - mu1 * mu2) * 0.2 + mu3 / (1 - mu1 * mu2 * mu3) * 0.065
        second = first - 0.1 * along / ((0.00028975 / 0.001999) ** 0.5 + 1e-8)
        assert steps(Nadam(0.1), [0.5, 0.2]) == pytest.approx([first, second], abs=1e-14)

    def test_adamax(self) -> None:
        # u = 0.5 + 1e-8, then 0.999 of that, which is more than 0.2; m freed as in adam
        u = 0.5 + 1e-8
        first = 1 - 0.1 * 0.5 / u
        second = first - 0.1 * (0.065 / 0.19) / (0.999 * u)
        assert steps(Adamax(0.1), [0.5, 0.2]) == pytest.approx([first, second], abs=1e-14)

    def test_rmsprop(self) -> None:
        # v = 0.01 * 0.25 = 0.0025, then 0.99 * 0.0025 + 0.01 * 0.04 = 0.002875
        first = 1 - 0.1 * 0.5 / (0.05 + 1e-8)
        second = first - 0.1 * 0.2 / (0.002875**0.5 + 1e-8)
        assert steps(RmsProp(0.1), [0.5, 0.2]) == pytest.approx([first, second], abs=1e-14)

    def test_rmsprop_with_momentum(self) -> None:
        # u = 0.5 / 0.05 = 10, then 0.5 * 10 + 0.2 / sqrt(0.002875); epsilon is next to nothing
        path = steps(RmsProp(0.1, momentum=0.5, epsilon=1e-300), [0.5, 0.2])
        assert path == pytest.approx([0.0, -0.1 * (5 + 0.2 / 0.002875**0.5)], abs=1e-14)

    def test_rmsprop_centred(self) -> None:
        # The average is 0.01 * 0.5 = 0.005, its square 0.000025, and v less that 0.002475.
        path = steps(RmsProp(0.1, centred=True), [0.5])
        assert path == pytest.approx([1 - 0.05 / (0.002475**0.5 + 1e-8)], abs=1e-14)

    def test_adagrad(self) -> None:
        # s = 0.25, then 0.29
        first = 1 - 0.1 * 0.5 / (0.5 + 1e-10)
        second = first - 0.1 * 0.2 / (0.29**0.5 + 1e-10)
        assert steps(AdaGrad(0.1), [0.5, 0.2]) == pytest.approx([first, second], abs=1e-14)

    def test_adagrad_from_an_accumulator_at_a_falling_rate(self) -> None:
        # s = 0.11 + 0.25 = 0.36 at a rate of 0.1, then 0.4 at 0.1 / 1.5
        path = steps(AdaGrad(0.1, learning_rate_decay=0.5, initial_accumulator=0.11, epsilon=1e-300), [0.5, 0.2])
        first = 1 - 0.05 / 0.6
        assert path == pytest.approx([first, first - 0.02 / 1.5 / 0.4**0.5], abs=1e-14)

    def test_adadelta(self) -> None:
        # v = 0.1 * 0.25 = 0.025, d = 0.1 * step^2; then v = 0.9 * 0.025 + 0.1 * 0.04 = 0.0265
        step = 0.5 * (1e-6 / 0.025001) ** 0.5
        second = 0.2 * ((0.1 * step**2 + 1e-6) / 0.026501) ** 0.5
        assert steps(Adadelta(), [0.5, 0.2]) == pytest.approx([1 - step, 1 - step - second], abs=1e-14)

    def test_a_gradient_that_never_changes_has_no_variance_and_no_nan(self) -> None:
        assert np.isfinite(steps(RmsProp(1e-9, centred=True, decay=0.5), [0.7] * 200)).all()

    @pytest.mark.parametrize("name", STEPWISE)
    def test_weight_decay_costs_nothing_where_there_is_none(self, name: str) -> None:
        empty = np.zeros(1)
        with_decay, without = (STEPWISE[name](weight_decay=value) for value in (0.1, 0.0))
        chunk = Chunk(empty, empty, empty, dict.fromkeys(without.slots, empty))
        counts = [len(optimizer.plan(chunk, Position(1, 1))) for optimizer in (with_decay, without)]
        assert counts[0] == counts[1] + 1

    def test_every_optimizer_has_its_step_worked_out_here(self) -> None:
        worked = {name.removeprefix("test_") for name in vars(type(self)) if name.startswith("test_")}
        assert set(STEPWISE) <= worked
