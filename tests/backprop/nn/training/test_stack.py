"""Networks side by side: each ends in the bits, and leaves the records, that it would have had alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backprop.nn import (
    ACTIVATIONS,
    LOSSES,
    SCHEDULES,
    STEPWISE,
    Epoch,
    Examples,
    Layer,
    Network,
    Recipe,
    Regularization,
    Stack,
    State,
    Stop,
    Training,
    stack_size,
)
from backprop.nn.calls import Array
from backprop.nn.choices.optimizers import Lbfgs, Stepwise

ROWS, NETWORKS = 22, 5
NETWORK = Network(5, (Layer(9, "tanh"), Layer(4, "relu"), Layer(3, "softmax")))
RECIPE = Recipe("cross_entropy", STEPWISE["adam"](), SCHEDULES["constant"](), 6, 8)


def examples(seed: int = 0, dtype: str = "float32") -> Examples:
    random = np.random.RandomState(seed)
    x = random.normal(size=(ROWS, 5)).astype(dtype)
    return Examples(x, np.eye(3, dtype=dtype)[random.randint(3, size=ROWS)])


def different(recipe: Recipe, number: int) -> Recipe:
    """The recipe at a learning rate, penalty and seed of the network's own."""
    assert isinstance(recipe.optimizer, Stepwise)
    optimizer = replace(recipe.optimizer, learning_rate=recipe.optimizer.learning_rate * (1 + number))
    return replace(recipe, optimizer=optimizer, seed=number, regularization=Regularization(l2=0.01 * number))


def alone(network: Network, recipe: Recipe, train: Examples, held_out: Examples | None) -> tuple[Array, list[Epoch]]:
    training = Training(network, recipe, train, held_out)
    return training.parameters, list(training.epochs())


def assert_as_alone(network: Network, recipes: list[Recipe], trains: list[Examples], held_out: Any = ()) -> None:
    stack = Stack(network, recipes, trains, held_out)
    told: list[list[Epoch]] = [[] for _ in recipes]
    for records in stack.epochs():
        for number, epoch in records.items():
            told[number].append(epoch)
    for number, recipe in enumerate(recipes):
        train = trains[number] if len(trains) > 1 else trains[0]
        parameters, epochs = alone(network, recipe, train, held_out[0] if held_out else None)
        assert stack.trainings[number].parameters.tobytes() == parameters.tobytes()
        assert repr(told[number]) == repr(epochs)  # a NaN is not equal to itself


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", STEPWISE)
def test_every_optimizer(name: str, dtype: str) -> None:
    recipes = [different(replace(RECIPE, optimizer=STEPWISE[name](weight_decay=0.01)), n) for n in range(NETWORKS)]
    assert_as_alone(replace(NETWORK, dtype=dtype), recipes, [examples(dtype=dtype)])


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule(name: str) -> None:
    recipes = [different(replace(RECIPE, schedule=SCHEDULES[name](warmup_epochs=2)), n) for n in range(NETWORKS)]
    assert_as_alone(NETWORK, recipes, [examples()], [examples(1)])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_with_dropout_and_batch_normalization(name: str, bias: bool) -> None:
    layers = (Layer(9, name, dropout=0.3), Layer(4, name, batch_norm=True), Layer(3, "softmax"))
    assert_as_alone(Network(5, layers, bias), [different(RECIPE, n) for n in range(NETWORKS)], [examples()])


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_with_weights_of_rows_and_a_full_batch(name: str) -> None:
    network = Network(5, (Layer(7, "sigmoid"), Layer(3, (LOSSES[name].over or ("identity",))[0])))
    weighted = replace(examples(), weight=np.linspace(0, 2, ROWS, dtype=np.float32))
    for train in (examples(), weighted):
        for size in (8, ROWS):
            recipe = replace(RECIPE, loss=name, batch_size=size)
            assert_as_alone(network, [different(recipe, n) for n in range(3)], [train])


def test_a_single_output_which_numpys_batched_product_would_treat_otherwise() -> None:
    network = Network(65, (Layer(40, "relu"), Layer(1, "sigmoid")))
    random = np.random.RandomState(0)
    train = Examples(random.normal(size=(60, 65)).astype("f"), random.randint(2, size=(60, 1)).astype("f"))
    recipe = replace(RECIPE, loss="binary_cross_entropy", batch_size=20)
    assert_as_alone(network, [different(recipe, n) for n in range(3)], [train])


def test_rows_of_their_own_and_one_order_for_all() -> None:
    recipes = [replace(different(RECIPE, n), shuffle_seed=7) for n in range(NETWORKS)]
    assert_as_alone(NETWORK, recipes, [examples()])
    assert_as_alone(NETWORK, recipes, [examples(n) for n in range(NETWORKS)])


def test_those_that_have_ended_leave_and_the_others_go_on() -> None:
    stop = Stop(patience=2, monitor="validation_loss")
    recipes = [different(replace(RECIPE, epochs=40, stop=stop), n) for n in range(NETWORKS)]
    recipes[3] = replace(recipes[3], optimizer=STEPWISE["adam"](learning_rate=1e30))
    assert_as_alone(NETWORK, recipes, [examples()], [examples(1)])
    ends = [len(alone(NETWORK, recipe, examples(), examples(1))[1]) for recipe in recipes]
    assert len(set(ends)) > 2


def test_clipping_and_the_constraint() -> None:
    chosen = Regularization(l1=0.01, clip_value=0.5, clip_norm=0.3, max_norm=0.9)
    recipes = [replace(different(RECIPE, n), regularization=chosen) for n in range(NETWORKS)]
    assert_as_alone(NETWORK, recipes, [examples()])


@pytest.mark.parametrize("layers", [{"dropout": 0.3}, {"batch_norm": True}])
@pytest.mark.parametrize("name", ["constant", "one_cycle", "plateau"])
def test_one_that_was_saved_at_any_safe_point_goes_on_to_the_same_bits(name: str, layers: dict[str, Any]) -> None:
    network = Network(5, (Layer(9, "tanh", **layers), Layer(3, "softmax")))
    stop = Stop(patience=2, monitor="validation_loss")
    recipes = [different(replace(RECIPE, epochs=9, schedule=SCHEDULES[name](), stop=stop), n) for n in range(3)]
    own = [Examples(rows.x, rows.y, np.linspace(0, 2, ROWS, dtype="f")) for rows in map(examples, range(3))]
    whole = Stack(network, recipes, own, [examples(9)])
    saved = [whole.states() for _ in whole.steps(most=1)]
    assert {state.batch for states in saved for state in states} == {0, 1, 2}
    ended = [state.to_bytes() for state in saved[-1]]
    for states in saved:
        kept = [State.from_bytes(state.to_bytes()) for state in states]
        continued = Stack(network, recipes, own, [examples(9)], kept)
        assert all(isinstance(records, dict) for records in continued.steps())
        assert [state.to_bytes() for state in continued.states()] == ended
        for number, recipe in enumerate(recipes):
            alone = Training(network, recipe, own[number], examples(9), state=kept[number])
            assert all(epoch.epoch for epoch in alone.epochs())
            assert alone.state().to_bytes() == ended[number]


def test_those_that_go_on_are_at_the_same_batch() -> None:
    states = [Training(NETWORK, RECIPE, examples()).state() for _ in range(2)]
    with pytest.raises(ValueError, match="same batch"):
        Stack(NETWORK, [RECIPE, RECIPE], [examples()], states=[states[0], replace(states[1], epoch=1)])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"loss": "mse"}, "loss"),
        ({"batch_size": 4}, "batch_size"),
        ({"optimizer": STEPWISE["sgd"]()}, "optimizer"),
        ({"optimizer": Lbfgs()}, "lbfgs"),
    ],
)
def test_what_must_be_the_same_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Stack(NETWORK, [RECIPE, replace(RECIPE, **change)], [examples()])


def test_a_network_that_fills_the_cache_gains_nothing_from_company() -> None:
    assert stack_size(Network(4, (Layer(16, "relu"), Layer(3, "softmax"))), 32) > 30
    assert stack_size(Network(784, (Layer(256, "relu"), Layer(10, "softmax"))), 128) == 1
