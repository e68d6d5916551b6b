"""Activations that let what is above zero pass: relu and its family."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from scipy.special import ndtr

from backprop.nn.calls import Array, Calls, scalar
from backprop.nn.choices.activations.activation import Activation, share
from backprop.nn.choices.activations.bounded import logistic
from backprop.nn.choices.parameter import parameter
from backprop.nn.passes.signals import Signal

# Klambauer et al. 2017, equation 14: activations of mean 0 and variance 1 stay so from layer to layer.
SELU_ALPHA: Final = 1.6732632423543772848170429916717
SELU_SCALE: Final = 1.0507009873554804934193349852946


@dataclass(frozen=True)
class Relu(Activation):
    """f(z) = max(z, 0), f'(z) = 1 where z > 0, else 0."""

    name = "relu"
    initializer = "he_uniform"

    def forward(self, s: Signal) -> Calls:
        """a = max(z, 0). np.maximum keeps a NaN; against an array of zeros it runs vectorized, against a scalar not."""
        return [partial(np.maximum, s.z, np.zeros_like(s.z), out=s.a)]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * [a > 0]."""
        return [
            partial(np.greater, s.a, scalar(0, s.a), s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]

    def idle(self, a: Array) -> float:
        """The share of dead units: a = 0 for every sample."""
        return share(a.max(-1) <= 0)


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """f(z) = z where z > 0, else slope * z (Maas et al. 2013); default as torch.nn.LeakyReLU."""

    name = "leaky_relu"
    initializer = "he_uniform"
    slope: float = parameter(0.01, at_least=0.0, at_most=1.0)

    def forward(self, s: Signal) -> Calls:
        """a = max(z, slope * z), which is f as slope is at most 1."""
        return [
            partial(np.multiply, s.z, scalar(self.slope, s.a), s.scratch),
            partial(np.maximum, s.z, s.scratch, out=s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * (slope + (1 - slope) [a > 0])."""
        return [
            partial(np.greater, s.a, scalar(0, s.a), s.scratch),
            partial(np.multiply, s.scratch, scalar(1 - self.slope, s.a), s.scratch),
            partial(np.add, s.scratch, scalar(self.slope, s.a), s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]


@dataclass(frozen=True)
class Elu(Activation):
    """f(z) = z where z > 0, else alpha (exp(z) - 1) (Clevert et al. 2016); f'(z) = 1, else a + alpha."""

    name = "elu"
    initializer = "he_uniform"
    alpha: float = parameter(1.0, above=0.0)

    def forward(self, s: Signal) -> Calls:
        """See the class."""
        return _scaled_elu(s, self.alpha, 1.0)

    def backward(self, s: Signal) -> Calls:
        """See the class."""
        return _scaled_elu_slope(s, self.alpha, 1.0)


@dataclass(frozen=True)
class Selu(Activation):
    """f(z) = scale * elu(z) with the two constants of Klambauer et al. 2017, as torch.nn.SELU."""

    name = "selu"
    initializer = "lecun_normal"

    def forward(self, s: Signal) -> Calls:
        """See the class."""
        return _scaled_elu(s, SELU_ALPHA, SELU_SCALE)

    def backward(self, s: Signal) -> Calls:
        """See the class."""
        return _scaled_elu_slope(s, SELU_ALPHA, SELU_SCALE)


def _scaled_elu(s: Signal, alpha: float, scale: float) -> Calls:
    """a = scale * (max(z, 0) + alpha * (exp(min(z, 0)) - 1))."""
    zeros = np.zeros_like(s.z)
    calls: Calls = [
        partial(np.minimum, s.z, zeros, out=s.scratch),
        partial(np.expm1, s.scratch, s.scratch),
        partial(np.multiply, s.scratch, scalar(scale * alpha, s.a), s.scratch),
        partial(np.maximum, s.z, zeros, out=s.a),
    ]
    if scale != 1:
        calls.append(partial(np.multiply, s.a, scalar(scale, s.a), s.a))
    return [*calls, partial(np.add, s.a, s.scratch, s.a)]


def _scaled_elu_slope(s: Signal, alpha: float, scale: float) -> Calls:
    """dL/dz = dL/da * (scale where a > 0, else a + scale * alpha)."""
    above = np.empty(s.a.shape, bool)
    return [
        partial(np.add, s.a, scalar(scale * alpha, s.a), s.scratch),
        partial(np.greater, s.a, scalar(0, s.a), above),
        partial(np.copyto, s.scratch, scalar(scale, s.a), where=above),
        partial(np.multiply, s.delta, s.scratch, s.delta),
    ]


@dataclass(frozen=True)
class Gelu(Activation):
    """f(z) = z P(z), P being the normal distribution function (Hendrycks and Gimpel 2016), not its approximation.

    f'(z) = P(z) + z p(z), p(z) = exp(-z^2 / 2) / sqrt(2 pi) being the density.
    """

    name = "gelu"
    initializer = "he_uniform"
    keeps_z = True

    def forward(self, s: Signal) -> Calls:
        """a = z P(z); P(z) is kept."""
        return [partial(ndtr, s.z, s.kept), partial(np.multiply, s.z, s.kept, s.a)]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * (P(z) + z p(z))."""
        return [
            partial(np.multiply, s.z, s.z, s.scratch),
            partial(np.multiply, s.scratch, scalar(-0.5, s.a), s.scratch),
            partial(np.exp, s.scratch, s.scratch),
            partial(np.multiply, s.scratch, scalar(1 / math.sqrt(2 * math.pi), s.a), s.scratch),
            partial(np.multiply, s.scratch, s.z, s.scratch),
            partial(np.add, s.scratch, s.kept, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]


@dataclass(frozen=True)
class Silu(Activation):
    """f(z) = z q with q = 1 / (1 + exp(-z)) (Elfwing et al. 2018; also called swish); f'(z) = q + a (1 - q)."""

    name = "silu"
    initializer = "he_uniform"

    def forward(self, s: Signal) -> Calls:
        """a = z q; q is kept."""
        return [*logistic(s.z, s.kept, s.size_of_one), partial(np.multiply, s.z, s.kept, s.a)]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * (q + a (1 - q))."""
        return [
            partial(np.subtract, scalar(1, s.a), s.kept, s.scratch),
            partial(np.multiply, s.scratch, s.a, s.scratch),
            partial(np.add, s.scratch, s.kept, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]


@dataclass(frozen=True)
class Softplus(Activation):
    """f(z) = log(1 + exp(z)), f'(z) = 1 / (1 + exp(-z)) = 1 - exp(-a)."""

    name = "softplus"
    initializer = "he_uniform"

    def forward(self, s: Signal) -> Calls:
        """a = max(z, 0) + log(1 + exp(-|z|)), in which nothing overflows."""
        return [
            partial(np.abs, s.z, s.scratch),
            partial(np.negative, s.scratch, s.scratch),
            partial(np.exp, s.scratch, s.scratch),
            partial(np.log1p, s.scratch, s.scratch),
            partial(np.maximum, s.z, np.zeros_like(s.z), out=s.a),
            partial(np.add, s.a, s.scratch, s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * (1 - exp(-a)), by expm1 exact where a is small."""
        return [
            partial(np.negative, s.a, s.scratch),
            partial(np.expm1, s.scratch, s.scratch),
            partial(np.negative, s.scratch, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]
