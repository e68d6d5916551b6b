"""From a complete spec to the engine's own objects: the network, its first parameters, the recipe of its training."""

from dataclasses import replace
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from backprop.errors import InvalidError, Problem
from backprop.nn import Layer, Monitor, Network, Recipe, Regularization, Stop, flatten, initial_parameters, stack_size
from backprop.spec import JobSpec, StopSpec, TrainingSpec, settled

FEWEST_AT_ONCE = 4  # folds; two or three as a stack take longer than one after the other
MOST_BYTES_AT_ONCE = 2**26  # of folds' rows: those trained at once have each an encoding, so a copy, of their own


class Widths(Protocol):
    """How many numbers go into a network and come out of it; an Encoding knows."""

    @property
    def inputs(self) -> int:
        """Numbers that one row's features become."""

    @property
    def outputs(self) -> int:
        """Numbers that one row's target becomes."""


def network_of(spec: JobSpec, widths: Widths) -> Network:
    """Return the network that a complete spec asks for between these inputs and outputs."""
    layers = settled(spec.network.hidden)
    hidden = (Layer(layer.units, layer.activation, layer.dropout, layer.batch_norm) for layer in layers)
    output = Layer(widths.outputs, settled(spec.network.output.activation))
    return Network(widths.inputs, (*hidden, output), settled(spec.network.bias), spec.training.dtype)


def parameters_of(spec: JobSpec, network: Network) -> NDArray[Any]:
    """Return the flat vector that training starts from: the explicit weights, or what the seed draws.

    Raises InvalidError, at `#/network/weights` or `#/network/biases`, where explicit ones do not fit the network.
    """
    if spec.network.weights is None:
        return initial_parameters(network, spec.training.seed, spec.network.init)
    check_parameters(spec, network)
    return flatten(network, spec.network.weights, spec.network.biases)


def check_parameters(spec: JobSpec, network: Network) -> None:
    """Raise InvalidError where explicit weights or biases do not fit the network, or overflow its dtype."""
    given = {"w": ("weights", spec.network.weights), "b": ("biases", spec.network.biases)}
    problems = []
    for letter, (key, layers) in given.items():
        shapes = [shape for name, shape in network.shapes if name.startswith(letter)]
        if layers is None:
            continue
        if len(layers) != len(shapes):
            detail = f"takes one item a layer, {len(shapes)} with the output, not {len(layers)}"
            problems.append(Problem(f"#/network/{key}", "wrong_length", detail))
        for place, (values, shape) in enumerate(zip(layers, shapes, strict=False)):
            problems += _misfits(f"#/network/{key}/{place}", np.array(values), shape, network.dtype)
    if problems:
        raise InvalidError(problems)


def recipe_of(spec: JobSpec, rows: int) -> Recipe:
    """Return the recipe of a complete spec for `rows` training rows; "full", or more rows than there are, is all."""
    training = spec.training
    batch_size: int | Literal["full"] = settled(training.batch_size)
    return Recipe(
        loss=settled(training.loss),
        optimizer=training.optimizer,
        schedule=training.schedule,
        epochs=training.epochs,
        batch_size=rows if batch_size == "full" else min(batch_size, rows),
        shuffle=training.shuffle,
        seed=training.seed,
        shuffle_seed=training.shuffle_seed,
        regularization=_regularization_of(training),
        stop=_stop_of(training.stop),
        accuracy=spec.task != "regression",
        labels=spec.task == "multi_label",
        health=True,
    )


def unvalidated(recipe: Recipe) -> Recipe:
    """Return the recipe of a training that has no validation rows to be stopped by."""
    stop = recipe.stop
    if not stop.on_validation:
        return recipe
    monitor: Monitor = "accuracy" if stop.monitor.endswith("accuracy") else "loss"
    return replace(recipe, stop=replace(stop, monitor=monitor, patience=None))


def side_by_side(network: Network, recipe: Recipe, rows: int, alike: int) -> int:
    """Return how many of `alike` folds, of `rows` rows in all each, are best trained at once; one: each alone.

    Networks that have rows of their own fill the cache with half as many as those that share them.
    """
    if recipe.optimizer.name == "lbfgs":
        return 1
    held = rows * (network.inputs + network.outputs) * np.dtype(network.dtype).itemsize
    most = min(alike, stack_size(network, recipe.batch_size) // 2, MOST_BYTES_AT_ONCE // held)
    return most if most >= FEWEST_AT_ONCE else 1


def _regularization_of(training: TrainingSpec) -> Regularization:
    return Regularization(
        l1=training.l1,
        l2=training.l2,
        clip_value=training.clip_value,
        clip_norm=training.clip_norm,
        max_norm=training.max_norm,
    )


def _stop_of(stop: StopSpec) -> Stop:
    return Stop(
        loss_below=stop.loss_below,
        patience=stop.patience,
        min_delta=stop.min_delta,
        monitor=settled(stop.monitor),
        baseline=stop.baseline,
        restore_best=stop.restore_best,
    )


def _misfits(at: str, values: NDArray[Any], shape: tuple[int, ...], dtype: str) -> list[Problem]:
    if values.shape != shape:
        detail = f"has the shape {_by(values.shape)}; this layer takes {_by(shape)}, inputs by units"
        return [Problem(at, "wrong_shape", detail)]
    with np.errstate(over="ignore"):
        fits = np.isfinite(values.astype(dtype)).all()
    return [] if fits else [Problem(at, "too_large", f"holds a number beyond {dtype}; take float64 or smaller numbers")]


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
