"""Activations of output layers: identity for values, exponential for rates, softmax for shares."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from backprop.nn.calls import Calls
from backprop.nn.choices.activations.activation import Activation
from backprop.nn.passes.signals import Signal
from backprop.nn.products import product


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Exponential(Activation):
    """f(z) = f'(z) = exp(z): a rate, the log link of Poisson regression."""

    name = "exponential"

    def forward(self, s: Signal) -> Calls:
        """a = exp(z)."""
        return [partial(np.exp, s.z, s.a)]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = dL/da * a."""
        return [partial(np.multiply, s.delta, s.a, s.delta)]


@dataclass(frozen=True)
class Softmax(Activation):
    """f(z)_i = exp(z_i) / sum_j exp(z_j) over a sample's units; f' is the Jacobian diag(a) - a a^T."""

    name = "softmax"

    def forward(self, s: Signal) -> Calls:
        """a = exp(z) / total. z is shifted so that its largest is 0: exp cannot overflow, and a stays what it is.

        The shifted z and, in `kept`, the total are left for cross entropy, whose log a = z - log(total) needs no log of
        a small a.
        """
        return [
            partial(np.maximum.reduce, s.z, -2, None, s.per_sample),
            partial(np.subtract, s.z, s.per_sample[..., None, :], s.z),
            partial(np.exp, s.z, s.a),
            # Summing by a product with ones puts the sum at every place at once; with few classes it is the fastest.
            product(np.ones((s.a.shape[-2],) * 2, s.a.dtype), s.a, s.kept),
            partial(np.divide, s.a, s.kept, s.a),
        ]

    def backward(self, s: Signal) -> Calls:
        """dL/dz = a * (dL/da - sum_j a_j dL/da_j): the Jacobian's product without the Jacobian."""
        return [
            partial(np.multiply, s.a, s.delta, s.scratch),
            partial(np.add.reduce, s.scratch, -2, None, s.per_sample),
            partial(np.subtract, s.delta, s.per_sample[..., None, :], s.delta),
            partial(np.multiply, s.delta, s.a, s.delta),
        ]
