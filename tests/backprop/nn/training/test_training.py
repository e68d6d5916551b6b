"""Training as a whole: it learns, in both precisions, from arrays and from memmaps."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from backprop.nn import (
    Examples,
    Layer,
    Network,
    Predictor,
    Recipe,
    Training,
    evaluate,
    initial_parameters,
)
from backprop.nn.calls import Array
from backprop.nn.choices.optimizers import Adam, Sgd
from backprop.nn.choices.schedules import Constant

CONSTANT = Constant()


def digits(dtype: str = "float32") -> tuple[Examples, Examples]:
    data, labels = load_digits(return_X_y=True)
    x, y = (data / 16).astype(dtype), np.eye(10, dtype=dtype)[labels]
    order = np.random.RandomState(0).permutation(len(x))
    train, test = order[360:], order[:360]
    return Examples(x[train], y[train]), Examples(x[test], y[test])


def test_digits_are_learnt() -> None:
    train, test = digits()
    network = Network(64, (Layer(100, "relu"), Layer(10, "softmax")))
    recipe = Recipe("cross_entropy", Adam(), CONSTANT, epochs=30, batch_size=32)
    training = Training(network, recipe, train, test)
    *_, last = training.epochs()
    assert last.validation_accuracy is not None
    assert last.validation_accuracy >= 0.95
    hits = Predictor(network, training.parameters).outputs(test.x).argmax(1) == test.y.argmax(1)
    assert last.validation_accuracy == pytest.approx(hits.mean())
    assert last.validation_loss == evaluate(network, training.parameters, test, "cross_entropy")


def test_digits_are_learnt_with_dropout_and_momentum() -> None:
    train, test = digits()
    network = Network(64, (Layer(64, "relu", 0.2), Layer(64, "tanh", 0.2), Layer(10, "softmax")))
    nesterov = Sgd(0.05, momentum=0.9, nesterov=True)
    training = Training(network, Recipe("cross_entropy", nesterov, CONSTANT, 30, 32), train, test)
    *_, last = training.epochs()
    assert last.validation_accuracy is not None
    assert last.validation_accuracy >= 0.95


@pytest.mark.parametrize(("output", "loss"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")])
def test_both_precisions_agree(output: str, loss: str) -> None:
    ends: list[Array] = []
    for dtype in ("float32", "float64"):
        network = Network(64, (Layer(20, "tanh", 0.1), Layer(10, output)), dtype=dtype)
        recipe = Recipe(loss, Sgd(0.1), CONSTANT, epochs=2, batch_size=50)
        training = Training(network, recipe, digits(dtype)[0])
        list(training.epochs())
        ends.append(training.parameters)
    assert ends[0].dtype == np.float32
    assert ends[0] == pytest.approx(ends[1], abs=2e-5)


def test_a_memmap_trains_to_the_same_bits(tmp_path: Path) -> None:
    train, _ = digits()
    mapped = []
    for name, array in (("x", train.x), ("y", train.y)):
        array.tofile(tmp_path / name)
        mapped.append(np.memmap(tmp_path / name, np.float32, "r", shape=array.shape))
    network = Network(64, (Layer(8, "relu"), Layer(10, "softmax")))
    recipe = Recipe("cross_entropy", Adam(), CONSTANT, epochs=2, batch_size=50)
    ends = []
    for examples in (train, Examples(*mapped)):
        training = Training(network, recipe, examples)
        list(training.epochs())
        ends.append(training.parameters.tobytes())
    assert ends[0] == ends[1]


def test_every_row_comes_once_an_epoch_in_an_order_of_its_own() -> None:
    # One weight a row: a row's gradient moves its own weight alone, and by how much tells when it came.
    rows = 7
    network = Network(rows, (Layer(1, "identity"),), bias=False, dtype="float64")
    recipe = Recipe("mse", Sgd(0.5), CONSTANT, epochs=3, batch_size=2)
    training = Training(network, recipe, Examples(np.eye(rows), np.ones((rows, 1))), parameters=np.zeros(rows))
    paths = []
    before = training.parameters.copy()
    for _ in training.steps(most=1):
        paths.append(tuple(np.flatnonzero(training.parameters != before)))
        before = training.parameters.copy()
    epochs = [paths[start : start + 4] for start in range(0, 12, 4)]
    assert all(sorted(row for batch in epoch for row in batch) == list(range(rows)) for epoch in epochs)
    assert all([len(batch) for batch in epoch] == [2, 2, 2, 1] for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


@pytest.mark.parametrize(("batch_size", "shuffle"), [(7, True), (100, True), (2, False)])
def test_full_and_unshuffled_batches_keep_the_rows_order(batch_size: int, shuffle: bool) -> None:
    rows = 7
    network = Network(rows, (Layer(1, "identity"),), bias=False, dtype="float64")
    recipe = Recipe("mse", Sgd(0.5), CONSTANT, 1, batch_size, shuffle=shuffle)
    training = Training(network, recipe, Examples(np.eye(rows), np.ones((rows, 1))), parameters=np.zeros(rows))
    moved: list[int] = []
    before = training.parameters.copy()
    for _ in training.steps(most=1):
        moved.extend(np.flatnonzero(training.parameters != before))
        before = training.parameters.copy()
    assert moved == list(range(rows))


def test_the_epochs_loss_is_weighted_by_rows() -> None:
    # With a rate of next to nothing every batch sees the same network, so their weighted mean is the whole set's loss.
    train, _ = digits("float64")
    network = Network(64, (Layer(8, "tanh"), Layer(10, "softmax")), dtype="float64")
    start = initial_parameters(network, 1)
    for loss in ("mse", "cross_entropy"):
        recipe = Recipe(loss, Sgd(1e-300), CONSTANT, 1, 100, accuracy=True)
        (epoch,) = Training(network, recipe, train, train, parameters=start).epochs()
        assert epoch.loss == pytest.approx(evaluate(network, start, train, loss), rel=1e-13)
        assert epoch.loss == pytest.approx(epoch.validation_loss, rel=1e-13)
        assert epoch.accuracy == epoch.validation_accuracy


def test_dropout_keeps_the_mean_and_leaves_prediction_alone() -> None:
    # A linear network that sums 1000 dropped ones: in training about 1000, in evaluation exactly.
    network = Network(1, (Layer(1000, "identity", 0.25), Layer(1, "identity")), bias=False, dtype="float64")
    ones = Examples(np.ones((1, 1)), np.zeros((1, 1)))
    recipe = Recipe("mse", Sgd(1e-300), CONSTANT, epochs=200, batch_size=1)
    training = Training(network, recipe, ones, ones, parameters=np.ones(network.parameter_count))
    sums = []
    for epoch in training.epochs():
        sums.append(np.sqrt(2 * epoch.loss))
        assert epoch.validation_loss == 1000**2 / 2
    assert np.mean(sums) == pytest.approx(1000, abs=5)
    assert np.std(sums) == pytest.approx(np.sqrt(1000 * 0.25 / 0.75), rel=0.2)


@pytest.mark.parametrize("batch_size", [50, 2000])
def test_rows_of_another_type_and_order_are_converted(batch_size: int) -> None:
    train, test = digits()
    network = Network(64, (Layer(8, "tanh"), Layer(10, "softmax")))
    recipe = Recipe("cross_entropy", epochs=3, batch_size=batch_size)
    ends = []
    for convert in (np.asarray, np.asfortranarray, lambda array: array.astype(np.float64)):
        parts = [Examples(convert(part.x), convert(part.y)) for part in (train, test)]
        training = Training(network, recipe, *parts)
        ends.append([list(training.epochs()), training.state().to_bytes()])
    assert ends[0] == ends[1] == ends[2]
