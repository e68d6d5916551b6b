"""Activations that level off on both sides."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

import numpy as np
from scipy.special import expit

from backprop.nn.calls import Array, Calls, scalar
from backprop.nn.choices.activations.activation import Activation, share
from backprop.nn.passes.signals import Signal

# An activation counts as saturated where f's slope is below this share of its largest.
LEVEL: Final = 0.1


def logistic(z: Array, a: Array, size_of_one: int) -> Calls:
    """a = 1 / (1 + exp(-z)); exp may overflow to inf, and 1 / inf = 0 is then the right answer."""
    # Up to here one pass of SciPy's expit takes less time than four vectorized calls.
    if size_of_one <= 300:
        return [partial(expit, z, a)]
    return [
        partial(np.negative, z, a),
        partial(np.exp, a, a),
        partial(np.add, a, scalar(1, a), a),
        partial(np.reciprocal, a, a),
    ]


@dataclass(frozen=True)
class Sigmoid(Activation):
    """f(z) = 1 / (1 + exp(-z)), f'(z) = a (1 - a)."""

    name = "sigmoid"

    def forward(self, s: Signal) -> Calls:
        """a = 1 / (1 + exp(-z))."""
        return logistic(s.z, s.a, s.size_of_one)

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * a (1 - a)."""
        return [
            partial(np.subtract, scalar(1, s.a), s.a, s.scratch),
            partial(np.multiply, s.scratch, s.a, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]

    def idle(self, a: Array) -> float:
        """The share of saturated activations: a (1 - a) below a tenth of 1/4."""
        return share(a * (1 - a) < LEVEL / 4)


@dataclass(frozen=True)
class HardSigmoid(Activation):
    """f(z) = z / 6 + 1/2 between -3 and 3, 0 below and 1 above (as torch.nn.Hardsigmoid); f'(z) = 1/6 between."""

    name = "hard_sigmoid"
    slope: ClassVar[float] = 1 / 6

    def forward(self, s: Signal) -> Calls:
        """a = min(max(z / 6 + 1/2, 0), 1); a NaN stays one."""
        return [
            partial(np.multiply, s.z, scalar(self.slope, s.a), s.a),
            partial(np.add, s.a, scalar(0.5, s.a), s.a),
            partial(np.maximum, s.a, np.zeros_like(s.a), out=s.a),
            partial(np.minimum, s.a, np.ones_like(s.a), out=s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da / 6 where a (1 - a) > 0."""
        return [
            partial(np.subtract, scalar(1, s.a), s.a, s.scratch),
            partial(np.multiply, s.scratch, s.a, s.scratch),
            partial(np.greater, s.scratch, scalar(0, s.a), s.scratch),
            partial(np.multiply, s.scratch, scalar(self.slope, s.a), s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]

    def idle(self, a: Array) -> float:
        """The share of activations at 0 or 1."""
        return share((a <= 0) | (a >= 1))


@dataclass(frozen=True)
class Tanh(Activation):
    """f(z) = tanh(z), f'(z) = 1 - a^2."""

    name = "tanh"

    def forward(self, s: Signal) -> Calls:
        """a = tanh(z)."""
        return [partial(np.tanh, s.z, s.a)]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * (1 - a^2)."""
        return [
            partial(np.multiply, s.a, s.a, s.scratch),
            partial(np.subtract, scalar(1, s.a), s.scratch, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]

    def idle(self, a: Array) -> float:
        """The share of saturated activations: 1 - a^2 below a tenth."""
        return share(1 - a * a < LEVEL)


@dataclass(frozen=True)
class Softsign(Activation):
    """f(z) = z / (1 + |z|), f'(z) = (1 - |a|)^2."""

    name = "softsign"

    def forward(self, s: Signal) -> Calls:
        """a = z / (1 + |z|)."""
        return [
            partial(np.abs, s.z, s.scratch),
            partial(np.add, s.scratch, scalar(1, s.a), s.scratch),
            partial(np.divide, s.z, s.scratch, s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * (1 - |a|)^2, since 1 / (1 + |z|) = 1 - |a|."""
        return [
            partial(np.abs, s.a, s.scratch),
            partial(np.subtract, scalar(1, s.a), s.scratch, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]

    def idle(self, a: Array) -> float:
        """The share of saturated activations: (1 - |a|)^2 below a tenth."""
        return share((1 - np.abs(a)) ** 2 < LEVEL)
