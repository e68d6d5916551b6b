"""The tables, and the values of activations and losses where numbers grow large."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from backprop.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Activation,
    Examples,
    Layer,
    Loss,
    Network,
    evaluate,
    parameter,
)
from backprop.nn.choices.activations.rectifiers import Elu, LeakyRelu
from backprop.nn.choices.losses.classes import CrossEntropy
from backprop.nn.choices.optimizers import Adam
from backprop.nn.passes.accuracy import hits, label_hits
from backprop.nn.passes.plan import ForwardPlan

TABLES: dict[str, Mapping[str, Any]] = {
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "initializers": INITIALIZERS,
    "schedules": SCHEDULES,
}


@pytest.mark.parametrize("table", TABLES)
def test_each_stands_under_its_own_name(table: str) -> None:
    assert all(entry.name == name for name, entry in TABLES[table].items())


@pytest.mark.parametrize("table", TABLES)
def test_each_can_be_made_without_a_parameter(table: str) -> None:
    for kind in TABLES[table].values():
        made = kind()
        assert all(getattr(made, field.name) == field.default for field in fields(made))


def test_a_parameters_bounds_stand_in_its_metadata() -> None:
    bounds = {field.name: dict(field.metadata) for field in fields(Adam)}
    assert bounds["learning_rate"] == {"above": 0.0}
    assert bounds["beta1"] == {"at_least": 0.0, "below": 1.0}
    assert parameter(1, at_most=2).metadata == {"at_most": 2}


def test_losses_accept_only_the_outputs_that_they_read() -> None:
    accepted = {loss: [name for name in ACTIVATIONS if LOSSES[loss].accepts(name)] for loss in LOSSES}
    assert accepted["mse"] == accepted["huber"] == list(ACTIVATIONS)
    assert accepted["hinge"] == ["identity", "tanh"]
    assert accepted["poisson"] == ["exponential"]
    assert accepted["cross_entropy"] == ["softmax"]
    assert accepted["binary_cross_entropy"] == ["sigmoid"]


def activate(f: Activation | str, z: list[float], dtype: str = "float64") -> list[float]:
    network = Network(len(z), (Layer(len(z), f),), bias=False, dtype=dtype)
    plan = ForwardPlan(network, np.eye(len(z), dtype=dtype).reshape(-1), (1,))
    plan.x[:, 0] = z
    with np.errstate(over="ignore"):
        for call in plan.forward:
            call()
    return [float(a) for a in plan.output.a[:, 0]]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_at_the_ends(dtype: str) -> None:
    assert activate("sigmoid", [-1e4, 0.0, 1e4], dtype) == [0.0, 0.5, 1.0]
    assert activate("tanh", [-1e4, 0.0, 1e4], dtype) == [-1.0, 0.0, 1.0]
    assert activate("relu", [-2.0, 0.0, 3.0], dtype) == [0.0, 0.0, 3.0]
    assert activate("softmax", [-1e4, 1e4, 1e4], dtype) == [0.0, 0.5, 0.5]
    assert activate("identity", [-1e4, 0.0, 1e4], dtype) == [-1e4, 0.0, 1e4]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_nan_comes_through(name: str) -> None:
    assert np.isnan(activate(name, [np.nan, 0.0])[0])


def test_small_and_large_sigmoids_agree() -> None:
    z = np.linspace(-30, 30, 1000)
    few = np.concatenate([activate("sigmoid", list(z[start : start + 100])) for start in range(0, 1000, 100)])
    assert activate("sigmoid", list(z)) == pytest.approx(few, rel=1e-14)


def loss_of(loss: str, output: str, z: list[float], y: list[float]) -> float:
    network = Network(len(z), (Layer(len(z), output),), bias=False, dtype="float64")
    flat = np.eye(len(z)).reshape(-1)
    return evaluate(network, flat, Examples(np.array([z]), np.array([y])), loss)


def test_cross_entropies_are_exact_where_the_outputs_round_to_0_or_1() -> None:
    assert loss_of("cross_entropy", "softmax", [0.0, 800.0], [1.0, 0.0]) == 800.0
    assert loss_of("cross_entropy", "softmax", [0.0, 40.0], [0.0, 1.0]) == pytest.approx(np.exp(-40.0), abs=1e-17)
    assert loss_of("binary_cross_entropy", "sigmoid", [-800.0], [1.0]) == 800.0
    assert loss_of("binary_cross_entropy", "sigmoid", [40.0], [1.0]) == pytest.approx(np.exp(-40.0), rel=1e-12)


@pytest.mark.parametrize(("loss", "output"), [("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")])
def test_a_next_to_perfect_fit_has_a_loss_of_next_to_nothing_and_not_below(loss: str, output: str) -> None:
    y = np.eye(3, dtype=np.float32)[np.random.RandomState(0).randint(3, size=500)]
    z = np.where(y == 1, 31.7, -29.3).astype(np.float32)
    network = Network(3, (Layer(3, output),), bias=False)
    value = evaluate(network, np.eye(3, dtype=np.float32).reshape(-1), Examples(z, y), loss)
    assert 0 <= value < 1e-12


def test_losses_are_their_formulas() -> None:
    z, y = [0.3, -1.2, 0.5], [0.0, 1.0, 0.0]
    exponentials = np.exp(z)
    p = 1 / (1 + np.exp(-np.array(z)))
    assert loss_of("mse", "identity", z, y) == pytest.approx((0.3**2 + 2.2**2 + 0.5**2) / 6)
    assert loss_of("cross_entropy", "softmax", z, y) == pytest.approx(-np.log(exponentials[1] / exponentials.sum()))
    expected = -(np.log(1 - p[0]) + np.log(p[1]) + np.log(1 - p[2])) / 3
    assert loss_of("binary_cross_entropy", "sigmoid", z, y) == pytest.approx(expected)


def test_accuracy_takes_the_first_of_equal_outputs() -> None:
    a, y = np.array([[0.5, 0.1, 0.4], [0.5, 0.9, 0.4]]), np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    assert hits(a, y)() == 2
    assert hits(a, y, fixed=True)() == 2


def test_accuracy_of_a_single_output_is_yes_from_a_half_on() -> None:
    assert hits(np.array([[0.5, 0.4, 0.9]]), np.array([[1.0, 0.0, 0.0]]))() == 2


def test_accuracy_of_labels_wants_every_label_right() -> None:
    a, y = np.array([[0.5, 0.1, 0.9], [0.6, 0.9, 0.4]]), np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    assert label_hits(a, y)() == 2
    assert label_hits(np.stack([a, 1 - a]), np.stack([y, y]))().tolist() == [2, 0]


@pytest.mark.parametrize("loss", [*(kind() for kind in LOSSES.values()), CrossEntropy(label_smoothing=0.1)])
def test_a_losss_total_is_the_sum_of_its_rows(loss: Loss) -> None:
    random = np.random.RandomState(0)
    network = Network(4, (Layer(3, loss.over[0] if loss.over else "identity"),), dtype="float64")
    plan = ForwardPlan(network, random.normal(size=network.parameter_count), (6,))
    plan.x[...] = random.normal(size=plan.x.shape)
    y = np.eye(3)[random.randint(3, size=6)].T.copy()
    for call in plan.forward:
        call()
    for call in loss.forward(plan.output, y):
        call()
    rows = plan.output.per_sample.copy()
    assert loss.total(plan.output, y)() == pytest.approx(rows.sum(), rel=1e-13)


def test_activations_take_their_parameters() -> None:
    assert activate(LeakyRelu(slope=0.5), [-2.0, 3.0]) == [-1.0, 3.0]
    assert activate(Elu(alpha=2.0), [-1.0, 3.0]) == pytest.approx([2 * np.expm1(-1.0), 3.0])
