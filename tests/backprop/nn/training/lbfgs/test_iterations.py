"""L-BFGS: an iteration an epoch, safe points in between, and no thread left when it is dropped."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from backprop.nn import (
    Epoch,
    Examples,
    Layer,
    Network,
    Recipe,
    Regularization,
    State,
    Stop,
    Training,
    evaluate,
    initial_parameters,
)
from backprop.nn.calls import Array
from backprop.nn.choices.optimizers import Lbfgs
from backprop.nn.choices.schedules import Constant

NETWORK = Network(4, (Layer(6, "tanh"), Layer(3, "softmax")), dtype="float64")
RECIPE = Recipe("cross_entropy", Lbfgs(), Constant(), epochs=200, batch_size=10**6)
PENALIZED = replace(RECIPE, regularization=Regularization(l2=1.0))


def examples(rows: int = 40, dtype: str = "float64", weighted: bool = False) -> Examples:
    random = np.random.RandomState(0)
    x = random.normal(size=(rows, 4)).astype(dtype)
    y = np.eye(3, dtype=dtype)[x[:, :3].argmax(1)]
    return Examples(x, y, random.uniform(0.1, 2, rows).astype(dtype) if weighted else None)


def loss_at(parameters: Array, network: Network = NETWORK) -> float:
    return evaluate(network, parameters, examples(), "cross_entropy")


def test_every_epoch_tells_the_loss_that_it_began_from() -> None:
    training = Training(NETWORK, RECIPE, examples())
    begun = loss_at(training.parameters)
    for epoch in training.epochs():
        assert epoch.loss == pytest.approx(begun, rel=1e-12)
        begun = loss_at(training.parameters)
        assert begun <= epoch.loss
    assert begun < 1e-4
    assert training.stop_reason == "converged"
    assert training.position.epoch < 200


def test_it_ends_after_its_epochs_and_tells_a_rate_of_1() -> None:
    training = Training(NETWORK, replace(RECIPE, epochs=3), examples())
    epochs = list(training.epochs())
    assert [epoch.epoch for epoch in epochs] == [1, 2, 3]
    assert {epoch.learning_rate for epoch in epochs} == {1.0}
    assert training.stop_reason == "epochs"


def test_a_network_that_cannot_learn_more_has_converged_after_one_epoch() -> None:
    line = Network(1, (Layer(1, "identity"),), bias=False, dtype="float64")
    data = Examples(np.ones((2, 1)), np.ones((2, 1)))
    training = Training(line, replace(RECIPE, loss="mse"), data, parameters=np.ones(1))
    (epoch,) = training.epochs()
    assert (epoch.loss, training.stop_reason) == (0.0, "converged")
    assert training.parameters.tolist() == [1.0]


def test_between_two_epochs_it_stands_at_the_last_iterate() -> None:
    training = Training(NETWORK, RECIPE, examples())
    stood = training.parameters.copy()
    between = 0
    for epoch in training.steps():
        if epoch is None:
            between += 1
            assert np.array_equal(training.parameters, stood)
            assert np.array_equal(training.state().parameters, stood)
        elif training.stop_reason is None:
            assert not np.array_equal(training.parameters, stood)
            stood = training.parameters.copy()
    assert between >= training.position.epoch - 1


def test_after_an_interruption_it_goes_on_from_the_last_iterate() -> None:
    whole = list(Training(NETWORK, PENALIZED, examples()).epochs())
    training = Training(NETWORK, PENALIZED, examples())
    steps = training.steps()
    seen = [next(steps) for _ in range(12)]
    epochs = [epoch for epoch in seen if epoch is not None]
    saved = training.state().to_bytes()

    continued = Training(NETWORK, PENALIZED, examples(), state=State.from_bytes(saved))
    assert np.array_equal(continued.parameters, training.parameters)
    later = list(continued.epochs())
    assert later[0].epoch == epochs[-1].epoch + 1
    assert later[0].loss == whole[len(epochs)].loss
    # By another way, to the same minimum.
    assert loss_at(continued.parameters) == pytest.approx(whole[-1].loss, rel=1e-4)


def test_who_takes_up_the_same_training_again_goes_on_too() -> None:
    training = Training(NETWORK, RECIPE, examples())
    first: list[Epoch] = []
    for epoch in training.epochs():
        first.append(epoch)
        if epoch.epoch == 3:
            break
    again = next(training.epochs())
    assert again.epoch == 4
    assert again.loss < first[-1].loss


def test_no_thread_stays_behind_however_training_ends() -> None:
    before = threading.active_count()
    steps = Training(NETWORK, RECIPE, examples()).steps()
    next(steps)
    assert threading.active_count() == before + 1
    del steps
    assert threading.active_count() == before
    list(Training(NETWORK, RECIPE, examples()).epochs())
    assert threading.active_count() == before
    training = Training(NETWORK, RECIPE, examples())
    for _ in training.steps():
        training.stop("cancelled")
    assert threading.active_count() == before


def test_stopped_in_mid_iteration_it_keeps_the_last_iterate() -> None:
    training = Training(NETWORK, RECIPE, examples())
    start = training.parameters.copy()
    for _ in training.steps():
        training.stop("max_seconds")
    assert np.array_equal(training.parameters, start)


def test_the_best_parameters_come_back() -> None:
    validation = Examples(examples(9).x, np.roll(examples(9).y, 1, axis=0))  # wrong ones: learning makes it worse
    stop = Stop(patience=3, monitor="validation_loss")
    training = Training(NETWORK, replace(RECIPE, stop=stop), examples(), validation)
    losses = [epoch.validation_loss for epoch in training.epochs() if epoch.validation_loss is not None]
    assert training.stop_reason == "patience"
    assert evaluate(NETWORK, training.parameters, validation, "cross_entropy") == pytest.approx(min(losses))
    assert min(losses) < losses[-1]


@pytest.mark.parametrize("weighted", [False, True])
def test_at_the_minimum_nothing_is_left_of_the_gradient(weighted: bool) -> None:
    # The gradient of the whole: the penalty's is in it, and the rows' weights.
    data = examples(weighted=weighted)
    training = Training(NETWORK, replace(PENALIZED, optimizer=Lbfgs(gradient_tolerance=1e-8)), data)
    *_, last = training.epochs()
    assert training.stop_reason == "converged"
    w = training.parameters.copy()

    def penalized(parameters: Array) -> float:
        one = replace(PENALIZED, epochs=1)
        (epoch,) = Training(NETWORK, one, data, parameters=parameters).epochs()
        squares = float(np.square(parameters[:24]).sum() + np.square(parameters[30:48]).sum())
        return epoch.loss + squares / (2 * data.rows)

    value = penalized(w)
    for index in (0, 10, 25, 35, 49):
        moved = w.copy()
        moved[index] += 1e-3
        up = penalized(moved)
        moved[index] -= 2e-3
        assert abs(up - penalized(moved)) < 1e-7
        assert up > value
    assert last.loss < value


def test_float32_goes_as_far_as_it_can() -> None:
    network = replace(NETWORK, dtype="float32")
    training = Training(network, PENALIZED, examples(dtype="float32"))
    start = initial_parameters(NETWORK, 0)
    exact = Training(NETWORK, PENALIZED, examples(), parameters=start)
    *_, last = training.epochs()
    *_, best = exact.epochs()
    assert training.stop_reason == "converged"
    assert training.parameters.dtype == np.float32
    assert last.loss == pytest.approx(best.loss, rel=1e-3)


def test_batch_normalization_gathers_its_statistics_from_iterates_alone() -> None:
    network = Network(4, (Layer(6, "tanh", batch_norm=True), Layer(3, "softmax")), dtype="float64")
    training = Training(network, PENALIZED, examples())
    gathered = training.parameters[network.learned_count :].copy()
    moves = []
    for epoch in training.steps():
        latest = training.parameters[network.learned_count :]
        moves.append((epoch is not None, not np.array_equal(latest, gathered)))
        gathered = latest.copy()
    *but_last, _ = moves
    assert all(is_epoch == moved for is_epoch, moved in but_last)
    assert sum(moved for _, moved in moves) > 5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_diverged(bad: float) -> None:
    start = initial_parameters(NETWORK, 0)
    start[0] = bad
    training = Training(NETWORK, RECIPE, examples(), parameters=start)
    list(training.epochs())
    assert training.stop_reason == "diverged"
