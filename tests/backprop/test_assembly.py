"""From a spec to the engine: explicit weights stand in the flat vector as given; a batch is at most all rows."""

from typing import Any

import numpy as np

from backprop.assembly import network_of, parameters_of, recipe_of
from backprop.data import table_from_rows
from backprop.defaults import examine
from backprop.nn import ACTIVATIONS, Layer, Network, initial_parameters, named_parameters
from backprop.schemas import load_job

TABLE = table_from_rows(["a", "b", "y"], [[1.5, 2, 0.5], [2.5, 1, 1.5], [3.5, 2, 2.5]])


def assembled(**job: Any) -> tuple[Any, Network]:
    found = examine(load_job({"data": {"dataset": "ds_1"}, "target": "y", **job}).spec, TABLE)
    return found.spec, network_of(found.spec, found.encoding)


def test_the_network_has_the_hidden_layers_and_an_output_as_wide_as_the_target() -> None:
    _, network = assembled(network={"hidden": [{"units": 3, "activation": "tanh", "dropout": 0.5}], "bias": False})
    assert network == Network(
        2, (Layer(3, ACTIVATIONS["tanh"](), 0.5), Layer(1, ACTIVATIONS["identity"]())), bias=False, dtype="float32"
    )


def test_explicit_weights_and_biases_are_the_first_parameters() -> None:
    weights, biases = [[[0.25], [0.5]]], [[0.75]]
    spec, network = assembled(network={"hidden": [], "weights": weights, "biases": biases})
    named = named_parameters(network, parameters_of(spec, network))
    assert named["w1"].tolist() == weights[0]
    assert named["b1"].tolist() == biases[0]


def test_without_weights_the_seed_and_the_initializer_draw_them() -> None:
    spec, network = assembled(training={"seed": 3}, network={"init": {"name": "normal", "scale": 0.5}})
    drawn = initial_parameters(network, 3, spec.network.init)
    assert np.array_equal(parameters_of(spec, network), drawn)


def test_a_full_batch_and_one_larger_than_all_rows_are_all_rows() -> None:
    for size in ("full", 100):
        spec, _ = assembled(training={"batch_size": size})
        assert recipe_of(spec, rows=3).batch_size == 3


def test_classes_are_counted_whatever_the_loss() -> None:
    labelled = table_from_rows(["a", "y"], [[1, "p"], [2, "q"]])
    job = {"data": {"dataset": "ds_1"}, "target": "y", "training": {"loss": "mse"}}
    assert recipe_of(examine(load_job(job).spec, labelled).spec, rows=2).accuracy is True
