"""Loss functions: how far the outputs a are from the targets y, and the delta from which backpropagation starts.

`forward` binds the call that gives the loss, summed over the batch's rows; it runs before `backward` and may leave in
delta what that needs. `backward` binds the calls that make delta the loss's derivative: by the activations (dL/da), or
at once by the weighted inputs (dL/dz) where the loss is `fused_with` the output's activation. A loss is a mean over
`size` terms; delta is kept without the factor 1 / size, which enters the gradients in their matrix products, for
nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from backprop.nn.calls import Array, Calls, dot
from backprop.nn.passes.signals import Signal


class Loss(ABC):
    """A function of outputs and targets, and its derivative."""

    name: ClassVar[str]
    # Whether the outputs are scores of classes, so that accuracy means something.
    classification: ClassVar[bool] = False
    # The output activation together with which value and derivative are computed stably from z; None: any, from a.
    fused_with: ClassVar[str | None] = None

    def accepts(self, activation: str) -> bool:
        """Whether this loss means something over an output layer with the activation of that name."""
        return self.fused_with is None or activation == self.fused_with

    @abstractmethod
    def forward(self, s: Signal, y: Array) -> Callable[[], float]:
        """A call that returns the loss summed over the batch's rows; s.delta and s.scratch are free to be used."""

    @abstractmethod
    def backward(self, s: Signal, y: Array) -> Calls:
        """Calls that fill s.delta with the loss's derivative, times `size`."""

    def size(self, s: Signal) -> int:
        """The number of terms that the loss is the mean of: every entry."""
        return s.size_of_one


class MeanSquaredError(Loss):
    """L = sum((a - y)^2) / (2 * size): half the mean over all entries, so that dL/da = (a - y) / size."""

    name = "mse"

    def forward(self, s: Signal, y: Array) -> Callable[[], float]:
        """Leaves a - y in delta."""
        a, delta, error = s.a, s.delta, s.delta.reshape(-1)
        squares, half = dot(error, error), 0.5 / int(a.shape[-2])

        def value() -> float:
            np.subtract(a, y, delta)
            return half * squares()

        return value

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/da = (a - y) / size; `forward` has left it in delta."""
        del s, y
        return []


class CrossEntropy(Loss):
    """L = -sum(y log a) / rows over softmax outputs, y a distribution over the classes (one-hot, as a rule).

    Only softmax makes outputs a distribution; over free outputs the least loss would be all of them large.
    """

    name = "cross_entropy"
    classification = True
    fused_with = "softmax"

    def forward(self, s: Signal, y: Array) -> Callable[[], float]:
        """-sum(y log a) = sum(log total) - sum(y z), z being shifted by its largest (Softmax.forward)."""
        total, row = s.total[..., 0, :], s.largest
        of_targets = dot(y.reshape(-1), s.z.reshape(-1))

        def value() -> float:
            np.log(total, row)
            return float(np.add.reduce(row)) - of_targets()

        return value

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/dz = (a - y) / rows: log a's derivative 1/a and softmax's Jacobian cancel, as sum(y) = 1."""
        return [partial(np.subtract, s.a, y, s.delta)]

    def size(self, s: Signal) -> int:
        """Every row."""
        return int(s.a.shape[-1])


class BinaryCrossEntropy(Loss):
    """L = -sum(y log a + (1 - y) log(1 - a)) / size over sigmoid outputs: each output a yes or no of its own."""

    name = "binary_cross_entropy"
    classification = True
    fused_with = "sigmoid"

    def forward(self, s: Signal, y: Array) -> Callable[[], float]:
        """From z: the entry is max(z, 0) - y z + log(1 + exp(-|z|)), in which nothing overflows.

        The first two cancel entry by entry, not sum by sum, so that a small loss stays exact and never below 0.
        """
        z, terms, work, zeros = s.z, s.delta, s.scratch, np.zeros_like(s.z)
        outputs = int(z.shape[-2])

        def value() -> float:
            np.maximum(z, zeros, out=terms)
            np.multiply(y, z, work)
            np.subtract(terms, work, terms)
            np.abs(z, work)
            np.negative(work, work)
            np.exp(work, work)
            np.log1p(work, work)
            np.add(terms, work, terms)
            return float(np.add.reduce(terms, None)) / outputs

        return value

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/dz = (a - y) / size: the loss's 1 / (a (1 - a)) and sigmoid's slope cancel."""
        return [partial(np.subtract, s.a, y, s.delta)]


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {loss.name: loss for loss in (MeanSquaredError(), CrossEntropy(), BinaryCrossEntropy())}
)
