"""Activation functions: a = f(z) and, beside it, what f makes of a delta.

`forward` binds the calls that fill a from z; both may be the same array. `backward` binds those that turn delta in
place from dL/da into dL/dz = dL/da * f'(z), given what the forward pass left. `initializer` names the one that suits f.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from scipy.special import expit

from backprop.nn.calls import Calls, product, scalar
from backprop.nn.passes.signals import Signal


class Activation(ABC):
    """A function of a layer's weighted inputs, and its derivative."""

    name: ClassVar[str]
    initializer: ClassVar[str] = "glorot_uniform"
    # Whether `backward` reads z. If not, a hidden layer's z and a are one array, which spares the cache.
    keeps_z: ClassVar[bool] = False

    @abstractmethod
    def forward(self, s: Signal) -> Calls:
        """Calls that fill s.a from s.z; s.z may be shifted by what leaves s.a unchanged (softmax)."""

    @abstractmethod
    def backward(self, s: Signal) -> Calls:
        """Calls that turn s.delta from dL/da into dL/dz."""


class Identity(Activation):
    """f(z) = z, f'(z) = 1."""

    name = "identity"

    def forward(self, s: Signal) -> Calls:
        """a = z."""
        return [] if s.z is s.a else [partial(np.copyto, s.a, s.z)]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da."""
        del s
        return []


class Sigmoid(Activation):
    """f(z) = 1 / (1 + exp(-z)), f'(z) = a (1 - a)."""

    name = "sigmoid"
    # Up to here one pass of SciPy's expit takes less time than four vectorized calls.
    small: ClassVar[int] = 300

    def forward(self, s: Signal) -> Calls:
        """a = 1 / (1 + exp(-z)); exp may overflow to inf, and 1 / inf = 0 is then the right answer."""
        if s.size_of_one <= self.small:
            return [partial(expit, s.z, s.a)]
        return [
            partial(np.negative, s.z, s.a),
            partial(np.exp, s.a, s.a),
            partial(np.add, s.a, scalar(1, s.a), s.a),
            partial(np.reciprocal, s.a, s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * a (1 - a)."""
        return [
            partial(np.subtract, scalar(1, s.a), s.a, s.scratch),
            partial(np.multiply, s.scratch, s.a, s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]


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


class Softmax(Activation):
    """f(z)_i = exp(z_i) / sum_j exp(z_j) over a sample's units; f' is the Jacobian diag(a) - a a^T."""

    name = "softmax"

    def forward(self, s: Signal) -> Calls:
        """a = exp(z) / total. z is shifted so that its largest is 0: exp cannot overflow, and a stays what it is.

        The shifted z and `total` are left for cross entropy, whose log a = z - log(total) needs no log of a small a.
        """
        return [
            partial(np.maximum.reduce, s.z, -2, None, s.largest),
            partial(np.subtract, s.z, s.largest[..., None, :], s.z),
            partial(np.exp, s.z, s.a),
            # Summing by a product with ones puts the sum at every place at once; with few classes it is the fastest.
            product(np.ones((s.a.shape[-2],) * 2, s.a.dtype), s.a, s.total),
            partial(np.divide, s.a, s.total, s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = a * (dL/da - sum_j a_j dL/da_j): the Jacobian's product without the Jacobian."""
        return [
            partial(np.multiply, s.a, s.delta, s.scratch),
            partial(np.add.reduce, s.scratch, -2, None, s.largest),
            partial(np.subtract, s.delta, s.largest[..., None, :], s.delta),
            partial(np.multiply, s.delta, s.a, s.delta),
        ]


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {activation.name: activation for activation in (Identity(), Sigmoid(), Tanh(), Relu(), Softmax())}
)
