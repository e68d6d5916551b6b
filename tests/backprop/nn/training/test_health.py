"""The health of training: its figures by their formulas, in epochs that follow from their number, at no bit's cost."""

from dataclasses import replace

import numpy as np
import pytest

from backprop.nn import (
    Epoch,
    Examples,
    Layer,
    Network,
    Recipe,
    State,
    Training,
    examined_epochs,
    flatten,
    initial_parameters,
    named_parameters,
)
from backprop.nn.calls import Array
from backprop.nn.choices.optimizers import Sgd

RATE = 0.1
NETWORK = Network(3, (Layer(4, "relu"), Layer(5, "tanh"), Layer(2, "identity")), dtype="float64")
RECIPE = Recipe("mse", Sgd(RATE), epochs=4, batch_size=5, health=True)
START = initial_parameters(NETWORK, 0)


def examples(rows: int = 13) -> Examples:
    random = np.random.RandomState(1)
    return Examples(random.normal(size=(rows, 3)), random.normal(size=(rows, 2)))


def trained(recipe: Recipe, rows: int = 13, parameters: Array = START) -> tuple[Training, list[Epoch]]:
    training = Training(NETWORK, recipe, examples(rows), parameters=parameters)
    return training, list(training.epochs())


@pytest.mark.parametrize(("epochs", "count"), [(1, 1), (7, 7), (200, 10), (5000, 20), (10_000_000, 1000)])
def test_few_epochs_are_looked_at_the_first_and_the_last_among_them(epochs: int, count: int) -> None:
    looked = examined_epochs(epochs)
    assert {1, epochs} <= looked
    assert 0.5 * count <= len(looked) <= count
    assert looked <= set(range(1, epochs + 1))


def test_gradients_and_updates_are_those_of_the_step() -> None:
    _, (epoch,) = trained(replace(RECIPE, epochs=1, batch_size=13))
    training, _ = trained(replace(RECIPE, epochs=1, batch_size=13, health=False))
    before, after = named_parameters(NETWORK, START), named_parameters(NETWORK, training.parameters)
    assert epoch.health is not None
    for place in range(3):
        w, b = f"w{place + 1}", f"b{place + 1}"
        gradient = [(before[name] - after[name]).reshape(-1) / RATE for name in (w, b)]
        assert epoch.health.gradient_norm[place] == pytest.approx(np.linalg.norm(np.concatenate(gradient)))
        moved = np.linalg.norm(after[w] - before[w]) / np.linalg.norm(before[w])
        assert epoch.health.update_ratio[place] == pytest.approx(moved)


def test_dead_units_and_saturated_activations_are_told_apart_from_what_has_no_such_place() -> None:
    w1, b1 = np.zeros((3, 4)), np.array([-1.0, 1.0, -1.0, -1.0])  # one unit of four is above zero
    w2, b2 = np.zeros((4, 5)), np.array([9.0, -9.0, 0.0, 0.1, 0.0])  # two of five are at an end
    flat = flatten(NETWORK, [w1, w2, np.ones((5, 2))], [b1, b2, np.zeros(2)])
    _, (epoch,) = trained(replace(RECIPE, epochs=1, batch_size=13), parameters=flat)
    assert epoch.health is not None
    assert epoch.health.idle == (0.75, 0.4, None)
    assert epoch.health.update_ratio[:2] == (None, None)


@pytest.mark.parametrize("rows", [3, 5, 10, 13])
def test_looking_changes_no_bit_and_no_other_figure(rows: int) -> None:
    looked, told = trained(RECIPE, rows)
    plain, untold = trained(replace(RECIPE, health=False), rows)
    assert looked.parameters.tobytes() == plain.parameters.tobytes()
    assert all(epoch.health is not None for epoch in told)
    assert [epoch._replace(health=None) for epoch in told] == untold


@pytest.mark.parametrize("most", [None, 1])
def test_from_every_batch_the_same_is_seen(most: int | None) -> None:
    _, whole = trained(RECIPE)
    training = Training(NETWORK, RECIPE, examples(), parameters=START)
    states = [training.state().to_bytes()]
    states += [training.state().to_bytes() for _ in training.steps(most)]
    for data in states:
        state = State.from_bytes(data)
        again = Training(NETWORK, RECIPE, examples(), state=state)
        assert list(again.epochs()) == whole[state.epoch :]
