"""Losses of values: squared, absolute and Huber's error, and the deviance of counts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from backprop.nn.calls import Array, Call, Calls, dot, entries, scalar
from backprop.nn.choices.losses.loss import Loss
from backprop.nn.choices.parameter import parameter
from backprop.nn.passes.signals import Signal


def mean_of(terms: Array, s: Signal, factor: float = 1.0) -> Calls:
    """Each row's loss: the mean of `terms` (units, batch) over the units, times `factor`."""
    share = scalar(factor / s.a.shape[-2], s.a)
    return [
        partial(np.add.reduce, terms, -2, None, s.per_sample),
        partial(np.multiply, s.per_sample, share, s.per_sample),
    ]


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """L = sum((a - y)^2) / (2 * size): half the mean over all entries, so that dL/da = (a - y) / size."""

    name = "mse"

    def forward(self, s: Signal, y: Array) -> Calls:
        """Leaves a - y in delta."""
        return [
            partial(np.subtract, s.a, y, s.delta),
            partial(np.multiply, s.delta, s.delta, s.scratch),
            *mean_of(s.scratch, s, 0.5),
        ]

    def total(self, s: Signal, y: Array) -> Callable[[], Any]:
        """By one dot product, where the rows' own losses are not asked for."""
        a, delta, error = s.a, s.delta, entries(s.delta)
        squares, half = dot(error, error), 0.5 / int(a.shape[-2])

        def value() -> Any:
            np.subtract(a, y, delta)
            return half * squares()

        return value

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/da = (a - y) / size; `forward` has left it in delta."""
        del s, y
        return []


@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """L = sum(|a - y|) / size, dL/da = sign(a - y) / size, 0 where they are equal."""

    name = "mae"

    def forward(self, s: Signal, y: Array) -> Calls:
        """Leaves a - y in delta."""
        return [partial(np.subtract, s.a, y, s.delta), partial(np.abs, s.delta, s.scratch), *mean_of(s.scratch, s)]

    def backward(self, s: Signal, y: Array) -> Calls:
        """See the class."""
        del y
        return [partial(np.sign, s.delta, s.delta)]


@dataclass(frozen=True)
class Huber(Loss):
    """Squared near the target, absolute beyond `delta` (Huber 1964), as torch.nn.HuberLoss.

    With e = a - y and c = e cut to [-delta, delta]: L = sum(c (e - c / 2)) / size, dL/da = c / size.
    """

    name = "huber"
    delta: float = parameter(1.0, above=0.0)

    def forward(self, s: Signal, y: Array) -> Calls:
        """Leaves c in delta."""
        return [
            partial(np.subtract, s.a, y, s.delta),
            *self._cut(s.delta, s.scratch),
            partial(np.multiply, s.scratch, scalar(-0.5, s.a), s.scratch),
            partial(np.add, s.scratch, s.delta, s.scratch),
            *self._cut(s.delta, s.delta),
            partial(np.multiply, s.scratch, s.delta, s.scratch),
            *mean_of(s.scratch, s),
        ]

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/da = c / size; `forward` has left it in delta."""
        del s, y
        return []

    def _cut(self, e: Array, c: Array) -> list[Call]:
        bound = scalar(self.delta, e)
        return [partial(np.minimum, e, bound, out=c), partial(np.maximum, c, -bound, out=c)]


@dataclass(frozen=True)
class Poisson(Loss):
    """L = sum(a - y log a) / size with a = exp(z) the rate of a count y: its likelihood without the term of y alone.

    As torch.nn.PoissonNLLLoss, which takes z.
    """

    name = "poisson"
    fused_with = "exponential"
    over = ("exponential",)

    def forward(self, s: Signal, y: Array) -> Calls:
        """a - y z."""
        return [
            partial(np.multiply, y, s.z, s.scratch),
            partial(np.subtract, s.a, s.scratch, s.scratch),
            *mean_of(s.scratch, s),
        ]

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/dz = (a - y) / size, since a is its own slope."""
        return [partial(np.subtract, s.a, y, s.delta)]
