"""Optimizers: from the gradient g to new parameters w, as calls on one flat vector.

`plan` binds one step on a chunk of the vector. The definitions and defaults are PyTorch's.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np

from backprop.nn.calls import Array, Call, Calls, axpy, scalar
from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position

# Elements of a chunk: what an optimizer touches of them stays in the second-level cache.
OPTIMIZER_CHUNK: Final = 32768


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the parameters, small enough for the cache, with all that belongs to it; arrays of one length."""

    w: Array
    g: Array
    scratch: Array
    slots: Mapping[str, Array]


@dataclass(frozen=True)
class Optimizer(ABC):
    """A rule that moves the parameters against the gradient of the batch's mean loss."""

    name: ClassVar[str]
    learning_rate: float = parameter(0.01, above=0.0)

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the vectors that the optimizer keeps beside the parameters; they begin at zero."""
        return ()

    @abstractmethod
    def plan(self, chunk: Chunk, position: Position) -> Calls:
        """One step on `chunk`; `position.step` counts from 1 while it runs."""


@dataclass(frozen=True)
class Sgd(Optimizer):
    """w -= learning_rate * g; with momentum (Polyak 1964) along a velocity u = momentum * u + g instead.

    With nesterov along g + momentum * u. As torch.optim.SGD: the learning rate multiplies the velocity, where
    Sutskever et al. 2013 put it inside, which is the same while the rate does not change. Without momentum nesterov
    changes nothing.
    """

    name = "sgd"
    learning_rate: float = parameter(0.01, above=0.0)
    momentum: float = parameter(0.0, at_least=0.0, below=1.0)
    nesterov: bool = parameter(False)

    @property
    def slots(self) -> tuple[str, ...]:
        """The velocity, where there is momentum."""
        return ("velocity",) if self.momentum else ()

    def plan(self, chunk: Chunk, position: Position) -> Calls:
        """See the class."""
        w, g, t = chunk.w, chunk.g, chunk.scratch
        add = axpy(w)

        def step_along(direction: Array) -> Call:
            return lambda: add(direction, w, w.size, -position.learning_rate)

        if not self.momentum:
            return [step_along(g)]
        u, momentum = chunk.slots["velocity"], scalar(self.momentum, w)
        velocity: Calls = [partial(np.multiply, u, momentum, u), partial(np.add, u, g, u)]
        if not self.nesterov:
            return [*velocity, step_along(u)]
        return [*velocity, partial(np.multiply, u, momentum, t), partial(np.add, g, t, t), step_along(t)]


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, algorithm 1), as torch.optim.Adam.

    m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2, freed of their bias towards their first zeros:
    w -= learning_rate * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
    """

    name = "adam"
    learning_rate: float = parameter(0.001, above=0.0)
    beta1: float = parameter(0.9, at_least=0.0, below=1.0)
    beta2: float = parameter(0.999, at_least=0.0, below=1.0)
    epsilon: float = parameter(1e-8, above=0.0)

    @property
    def slots(self) -> tuple[str, ...]:
        """The two moments, m / (1 - beta1) and v / (1 - beta2)."""
        return ("m", "v")

    def plan(self, chunk: Chunk, position: Position) -> Calls:
        """The moments are kept without their factors 1 - beta, and all factors go into two scalars a step:

        with m = (1 - beta1) M, v = (1 - beta2) V and c = sqrt((1 - beta2) / (1 - beta2^t)) the step above is
        w -= [learning_rate (1 - beta1) / (1 - beta1^t) / c] * M / (sqrt(V) + epsilon / c).
        """
        w, g, t, m, v = chunk.w, chunk.g, chunk.scratch, chunk.slots["m"], chunk.slots["v"]
        beta1, beta2 = scalar(self.beta1, w), scalar(self.beta2, w)
        floor, add = scalar(0, w), axpy(w)
        c = 1.0

        def begin() -> None:
            nonlocal c
            c = math.sqrt((1 - self.beta2) / (1 - self.beta2**position.step))
            floor[()] = self.epsilon / c

        def step() -> None:
            rate = position.learning_rate * (1 - self.beta1) / (1 - self.beta1**position.step) / c
            add(t, w, w.size, -rate)

        return [
            begin,
            partial(np.multiply, m, beta1, m),
            partial(np.add, m, g, m),
            partial(np.multiply, g, g, t),
            partial(np.multiply, v, beta2, v),
            partial(np.add, v, t, v),
            partial(np.sqrt, v, t),
            partial(np.add, t, floor, t),
            partial(np.divide, m, t, t),
            step,
        ]


OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType({optimizer.name: optimizer for optimizer in (Sgd, Adam)})
