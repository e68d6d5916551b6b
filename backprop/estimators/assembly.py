"""From an estimator's parameters to the engine's own objects: the network, and the recipe of its training."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import index
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backprop.estimators.checking import chosen, named
from backprop.estimators.parameters import Parameters
from backprop.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    OPTIMIZERS,
    SCHEDULES,
    Examples,
    Layer,
    Loss,
    Network,
    Optimizer,
    Recipe,
    Regularization,
    Schedule,
    Stop,
    flatten,
    initial_parameters,
)
from backprop.nn.choices.optimizers import Lbfgs, Stepwise
from backprop.nn.choices.schedules import Constant, InverseScaling, Plateau

Array = NDArray[Any]
AUTO_BATCH_SIZE: Final = 200
MOST_EPOCHS: Final = 10_000_000
# When to stop is up to the caller; the best epoch's weights come back all the same.
KEEP_BEST: Final = Stop(patience=sys.maxsize, monitor="validation_loss")


@dataclass(frozen=True)
class Goal:
    """What a network is to learn: the loss, the activation of its outputs, and whether each row is of one class."""

    loss: Loss
    output: str
    one_class: bool = False


def network_of(given: Parameters, goal: Goal, examples: Examples) -> Network:
    """Return the network between these examples' inputs and targets, in their dtype."""
    sizes = given.hidden_layer_sizes
    activation = chosen("activation", given.activation, ACTIVATIONS)
    hidden = [
        Layer(index(units), activation, given.dropout, given.batch_norm)
        for units in (sizes if isinstance(sizes, Iterable) else (sizes,))
    ]
    if any(layer.units < 1 for layer in hidden):
        raise ValueError(f"hidden_layer_sizes takes numbers from 1 on, not {sizes!r}")
    output = Layer(examples.y.shape[1], goal.output)
    return Network(examples.x.shape[1], (*hidden, output), dtype=examples.x.dtype.name)


def recipe_of(given: Parameters, goal: Goal, train: Examples, seed: int) -> Recipe:
    """Return the recipe of a training on these rows."""
    optimizer = _optimizer_of(given)
    batch_size = AUTO_BATCH_SIZE if given.batch_size == "auto" else int(given.batch_size)
    if isinstance(optimizer, Lbfgs):
        _check_smooth(given)
        batch_size = train.rows
    # The penalty's share in a batch is one of all weight, so that a row of weight 2 counts as the same row twice.
    share = 1 if train.weight is None else train.rows / float(train.weight.sum())
    return Recipe(
        goal.loss,
        optimizer,
        _schedule_of(given),
        given.max_iter,
        min(batch_size, train.rows),
        given.shuffle,
        seed,
        regularization=Regularization(l1=given.l1 * share, l2=given.alpha * share, clip_norm=given.clip_norm),
        stop=KEEP_BEST if given.early_stopping else Stop(),
        accuracy=goal.one_class,
    )


def start_of(given: Parameters, network: Network, seed: int) -> Array:
    """Return the first parameters: by `init`, or where that is None those of scikit-learn's MLP, to the last digit.

    It draws biases like weights, by Glorot's bound for all activations, with a 2 in place of the 6 for sigmoid.
    """
    if given.init is not None:
        return initial_parameters(network, seed, chosen("init", given.init, INITIALIZERS))
    random = np.random.RandomState(seed)
    factor = 2.0 if chosen("activation", given.activation, ACTIVATIONS).name == "sigmoid" else 6.0
    weights, biases = [], []
    for inputs, units in network.fan:
        bound = np.sqrt(factor / (inputs + units))
        weights.append(random.uniform(-bound, bound, (inputs, units)))
        biases.append(random.uniform(-bound, bound, units))
    return flatten(network, weights, biases)


def slows_down(given: Parameters) -> bool:
    """Whether epochs without change make the learning rate smaller, until it is too small to go on with."""
    return given.learning_rate == "adaptive" and given.solver == "sgd"


def is_whole(given: Parameters) -> bool:
    """Whether training is by lbfgs, over all rows at once until it has converged."""
    return isinstance(_optimizer_of(given), Lbfgs)


def _schedule_of(given: Parameters) -> Schedule:
    patience = int(min(given.n_iter_no_change, MOST_EPOCHS))
    own: dict[Any, Schedule] = {
        "invscaling": InverseScaling(power=given.power_t),
        "adaptive": Plateau(factor=0.2, patience=patience, threshold=0.0, min_delta=given.tol),
    }
    if isinstance(given.learning_rate, str) and given.learning_rate in own:
        return own[given.learning_rate] if given.solver == "sgd" else Constant()
    return chosen("learning_rate", given.learning_rate, SCHEDULES)


def _optimizer_of(given: Parameters) -> Optimizer:
    if isinstance(given.solver, Optimizer):
        return given.solver
    kind = named("solver", given.solver, OPTIMIZERS)
    if not issubclass(kind, Stepwise):
        return Lbfgs(gradient_tolerance=given.tol)
    own: dict[str, Any] = {}
    if kind.name == "sgd":
        own = {"momentum": given.momentum, "nesterov": given.nesterovs_momentum}
    elif "beta1" in {field.name for field in fields(kind)}:
        own = {"beta1": given.beta_1, "beta2": given.beta_2, "epsilon": given.epsilon}
    return kind(learning_rate=given.learning_rate_init, **own)


def _check_smooth(given: Parameters) -> None:
    """Raise ValueError where lbfgs would not find one smooth loss, the same at every look."""
    for name in ("dropout", "l1", "clip_norm"):
        if getattr(given, name):
            raise ValueError(f"{name} does not go with lbfgs, which wants one smooth loss")
    if _schedule_of(given) != Constant():
        raise ValueError("learning_rate does not go with lbfgs, which finds the length of its steps by itself")
