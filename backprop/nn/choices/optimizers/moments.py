"""Adam and its kin: they step along an average of past gradients, divided by an average of their size."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from backprop.nn.calls import Calls, axpy, scal, scalar
from backprop.nn.choices.optimizers.optimizer import Chunk, Stepwise, fade
from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position


@dataclass(frozen=True)
class Adam(Stepwise):
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
    def slots(self) -> Mapping[str, float]:
        """The two moments, m / (1 - beta1) and v / (1 - beta2)."""
        return {"m": 0.0, "v": 0.0}

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """The moments are kept without their factors 1 - beta, and all factors go into two scalars a step:

        with m = (1 - beta1) M, v = (1 - beta2) V and c = sqrt((1 - beta2) / (1 - beta2^t)) the step above is
        w -= [learning_rate (1 - beta1) / (1 - beta1^t) / c] * M / (sqrt(V) + epsilon / c).
        """
        w, g, t, m, v = chunk.w, chunk.g, chunk.scratch, chunk.slots["m"], chunk.slots["v"]
        floor, add = scalar(0, w), axpy(t, w)
        c = 1.0

        def begin() -> None:
            nonlocal c
            c = math.sqrt((1 - self.beta2) / (1 - self.beta2**position.step))
            floor[()] = self.epsilon / c

        def end() -> None:
            rate = position.learning_rate * (1 - self.beta1) / (1 - self.beta1**position.step) / c
            add(-rate)

        return [
            begin,
            *fade(m, self.beta1, g),
            partial(np.multiply, g, g, t),
            *fade(v, self.beta2, t),
            *self.root(chunk),
            partial(np.add, t, floor, t),
            partial(np.divide, m, t, t),
            end,
        ]

    def root(self, chunk: Chunk) -> Calls:
        """scratch = sqrt(V), what M is divided by."""
        return [partial(np.sqrt, chunk.slots["v"], chunk.scratch)]


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), as torch.optim.AdamW: w shrinks by itself.

    w *= 1 - learning_rate * weight_decay, and the gradient stays as it is. The paper multiplies the decay by the
    schedule's factor alone, not by the learning rate.
    """

    name = "adamw"
    weight_decay: float = parameter(0.01, at_least=0.0)

    def shrink(self, chunk: Chunk, position: Position) -> Calls:
        """See the class."""
        if not self.weight_decay:
            return []
        scale = scal(chunk.w)
        return [lambda: scale(1 - position.learning_rate * self.weight_decay)]


@dataclass(frozen=True)
class AmsGrad(Adam):
    """Adam that divides by the largest v so far (Reddi et al. 2018, algorithm 2), as torch.optim.Adam(amsgrad=True).

    The paper has no correction of the bias; here the largest v is freed of it as v is in Adam.
    """

    name = "amsgrad"

    @property
    def slots(self) -> Mapping[str, float]:
        """Adam's, and the largest v / (1 - beta2) so far."""
        return {**super().slots, "largest": 0.0}

    def root(self, chunk: Chunk) -> Calls:
        """scratch = sqrt(the largest V)."""
        largest = chunk.slots["largest"]
        return [partial(np.maximum, largest, chunk.slots["v"], out=largest), partial(np.sqrt, largest, chunk.scratch)]


@dataclass(frozen=True)
class Nadam(Adam):
    """Adam with Nesterov's momentum (Dozat 2016), as torch.optim.NAdam.

    Momentum warms up: mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2). With M_t the product of mu_1 to mu_t
    w -= learning_rate * [(1 - mu_t) / (1 - M_t) g + mu_t+1 / (1 - M_t+1) m] / (sqrt(v / (1 - beta2^t)) + epsilon).
    """

    name = "nadam"
    learning_rate: float = parameter(0.002, above=0.0)
    momentum_decay: float = parameter(0.004, at_least=0.0)

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """The moments are kept as in Adam. In the step above, a and b being what g and m are multiplied by, first

        g += b / a (1 - beta1) M, so that one division and one sum are left: w -= learning_rate a g / (...).
        """
        w, g, t, m, v = chunk.w, chunk.g, chunk.scratch, chunk.slots["m"], chunk.slots["v"]
        floor, add_m, descend = scalar(0, w), axpy(m, g), axpy(g, w)
        product, steps, a, c = 1.0, 0, 1.0, 1.0

        def begin() -> None:
            nonlocal product, steps, a, c
            # After a resume this catches up; below 2^-60 the product is lost beside 1, and need not be exact.
            while steps < position.step and product > 2.0**-60:
                steps += 1
                product *= self._mu(steps)
            a = (1 - self._mu(position.step)) / (1 - product)
            c = math.sqrt((1 - self.beta2) / (1 - self.beta2**position.step))
            floor[()] = self.epsilon / c

        def look_ahead() -> None:
            mu = self._mu(position.step + 1)
            add_m(mu / (1 - product * mu) / a * (1 - self.beta1))

        def end() -> None:
            descend(-position.learning_rate * a / c)

        return [
            begin,
            *fade(m, self.beta1, g),
            partial(np.multiply, g, g, t),
            *fade(v, self.beta2, t),
            *self.root(chunk),
            partial(np.add, t, floor, t),
            look_ahead,
            partial(np.divide, g, t, g),
            end,
        ]

    def _mu(self, step: int) -> float:
        mu: float = self.beta1 * (1 - 0.5 * 0.96 ** (step * self.momentum_decay))
        return mu


@dataclass(frozen=True)
class Adamax(Stepwise):
    """Adam with the largest of the fading gradients in place of v (Kingma and Ba 2015, algorithm 2).

    u = max(beta2 u, |g| + epsilon), w -= learning_rate * m / (1 - beta1^t) / u, as torch.optim.Adamax; the paper has
    no epsilon.
    """

    name = "adamax"
    learning_rate: float = parameter(0.002, above=0.0)
    beta1: float = parameter(0.9, at_least=0.0, below=1.0)
    beta2: float = parameter(0.999, at_least=0.0, below=1.0)
    epsilon: float = parameter(1e-8, above=0.0)

    @property
    def slots(self) -> Mapping[str, float]:
        """The first moment, m / (1 - beta1), and the norm u."""
        return {"m": 0.0, "u": 0.0}

    def step(self, chunk: Chunk, position: Position) -> Calls:
        """The moment is kept without its factor, as in Adam."""
        w, g, t, m, u = chunk.w, chunk.g, chunk.scratch, chunk.slots["m"], chunk.slots["u"]
        add = axpy(t, w)

        def end() -> None:
            rate = position.learning_rate * (1 - self.beta1) / (1 - self.beta1**position.step)
            add(-rate)

        return [
            *fade(m, self.beta1, g),
            partial(np.abs, g, t),
            partial(np.add, t, scalar(self.epsilon, w), t),
            partial(scal(u), self.beta2),
            partial(np.maximum, u, t, out=u),
            partial(np.divide, m, u, t),
            end,
        ]
