"""Optimizers that divide each gradient by the root of its own past squares: AdaGrad, RMSprop, Adadelta."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from backprop.nn.calls import Calls, axpy, scalar
from backprop.nn.choices.optimizers.optimizer import Chunk, Stepwise, descend, fade
from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position


@dataclass(frozen=True)
class AdaGrad(Stepwise):
    """AdaGrad (Duchi et al. 2011, section 1.3, diagonal), as torch.optim.Adagrad.

    s = s + g^2 from s = initial_accumulator on, w -= rate * g / (sqrt(s) + epsilon) with
    rate = learning_rate / (1 + (t - 1) learning_rate_decay). The paper has neither that decay nor epsilon outside
    the root.
    """

    name = "adagrad"
    learning_rate: float = parameter(0.01, above=0.0)
    learning_rate_decay: float = parameter(0.0, at_least=0.0)
    initial_accumulator: float = parameter(0.0, at_least=0.0)
    epsilon: float = parameter(1e-10, above=0.0)

    @property
    def slots(self) -> Mapping[str, float]:
        """The squares' sum."""
        return {"s": self.initial_accumulator}

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """See the class."""
        w, g, t, s = chunk.w, chunk.g, chunk.scratch, chunk.slots["s"]
        add = axpy(t, w)

        def end() -> None:
            add(-position.learning_rate / (1 + (position.step - 1) * self.learning_rate_decay))

        return [
            partial(np.multiply, g, g, t),
            partial(np.add, s, t, s),
            partial(np.sqrt, s, t),
            partial(np.add, t, scalar(self.epsilon, w), t),
            partial(np.divide, g, t, t),
            end,
        ]


@dataclass(frozen=True)
class RmsProp(Stepwise):
    """RMSprop (Tieleman and Hinton 2012, lecture 6e), as torch.optim.RMSprop.

    v = decay v + (1 - decay) g^2, w -= learning_rate * g / (sqrt(v) + epsilon); with momentum along a velocity
    u = momentum * u + g / (sqrt(v) + epsilon). Centred (Graves 2013, equation 40) v is taken less the square of the
    gradients' own average, so it is a variance; Graves puts epsilon inside the root.
    """

    name = "rmsprop"
    learning_rate: float = parameter(0.01, above=0.0)
    decay: float = parameter(0.99, at_least=0.0, below=1.0)
    epsilon: float = parameter(1e-8, above=0.0)
    momentum: float = parameter(0.0, at_least=0.0, below=1.0)
    centred: bool = parameter(False)

    @property
    def slots(self) -> Mapping[str, float]:
        """The squares' average, v / (1 - decay), and what momentum and centring need."""
        kept = {"v": True, "average": self.centred, "velocity": self.momentum > 0}
        return {name: 0.0 for name, needed in kept.items() if needed}

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """The averages are kept without their factor: with v = s^2 V and s = sqrt(1 - decay) the step above is

        w -= learning_rate / s * g / (sqrt(V) + epsilon / s).
        """
        w, g, t, v = chunk.w, chunk.g, chunk.scratch, chunk.slots["v"]
        s = math.sqrt(1 - self.decay)
        calls = [
            partial(np.multiply, g, g, t),
            *fade(v, self.decay, t),
            *(self._variance(chunk) if self.centred else [partial(np.sqrt, v, t)]),
            partial(np.add, t, scalar(self.epsilon / s, w), t),
            partial(np.divide, g, t, t),
        ]
        if not self.momentum:
            return [*calls, descend(w, t, position, 1 / s)]
        u = chunk.slots["velocity"]
        return [*calls, *fade(u, self.momentum, t), descend(w, u, position, 1 / s)]

    def _variance(self, chunk: Chunk) -> Calls:
        """scratch = sqrt(V - (1 - decay) A^2), A being the gradients' average without its factor."""
        g, t, v, average = chunk.g, chunk.scratch, chunk.slots["v"], chunk.slots["average"]
        return [
            *fade(average, self.decay, g),
            partial(np.multiply, average, average, t),
            partial(np.multiply, t, scalar(1 - self.decay, t), t),
            partial(np.subtract, v, t, t),
            # Of gradients that hardly change, rounding may leave less than nothing; PyTorch's root is then NaN.
            partial(np.maximum, t, scalar(0, t), out=t),
            partial(np.sqrt, t, t),
        ]


@dataclass(frozen=True)
class Adadelta(Stepwise):
    """Adadelta (Zeiler 2012, algorithm 1), as torch.optim.Adadelta: past steps over past gradients scale the gradient.

    v = decay v + (1 - decay) g^2, step = g * sqrt((d + epsilon) / (v + epsilon)), d = decay d + (1 - decay) step^2,
    w -= learning_rate * step. The paper has no learning rate (it is 1), and a decay of 0.95 in its experiments.
    """

    name = "adadelta"
    learning_rate: float = parameter(1.0, above=0.0)
    decay: float = parameter(0.9, at_least=0.0, below=1.0)
    epsilon: float = parameter(1e-6, above=0.0)

    @property
    def slots(self) -> Mapping[str, float]:
        """(v + epsilon) / (1 - decay) and (d + epsilon) / (1 - decay)."""
        start = self.epsilon / (1 - self.decay)
        return {"v": start, "d": start}

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """The averages are kept with epsilon in them, which is that of each square + epsilon, and without their factor,

        which falls out of the ratio: V = decay V + g^2 + epsilon, step = g * sqrt(D / V).
        """
        w, g, t, v, d = chunk.w, chunk.g, chunk.scratch, chunk.slots["v"], chunk.slots["d"]
        epsilon = scalar(self.epsilon, w)
        return [
            partial(np.multiply, g, g, t),
            partial(np.add, t, epsilon, t),
            *fade(v, self.decay, t),
            partial(np.divide, d, v, t),
            partial(np.sqrt, t, t),
            partial(np.multiply, t, g, t),
            descend(w, t, position),
            partial(np.multiply, t, t, t),
            partial(np.add, t, epsilon, t),
            *fade(d, self.decay, t),
        ]
