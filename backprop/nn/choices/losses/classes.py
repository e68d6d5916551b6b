"""Losses of classes: cross entropies, and the hinge."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from backprop.nn.calls import Array, Call, Calls, dot, entries, row_sum, scalar
from backprop.nn.choices.losses.loss import Loss
from backprop.nn.choices.losses.values import mean_of
from backprop.nn.choices.parameter import parameter
from backprop.nn.passes.signals import Signal


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """L = -sum(t log a) / rows over softmax outputs, t = (1 - label_smoothing) y + label_smoothing / classes.

    y is a distribution over the classes (one-hot, as a rule), and so is t (Szegedy et al. 2016, section 7). Only
    softmax makes outputs a distribution; over free outputs the least loss would be all of them large.
    """

    name = "cross_entropy"
    classification = True
    fused_with = "softmax"
    over = ("softmax",)
    label_smoothing: float = parameter(0.0, at_least=0.0, below=1.0)

    def forward(self, s: Signal, y: Array) -> Calls:
        """A row's -sum(t log a) = log total - sum(t z), z being shifted by its largest (Softmax.forward)."""
        t, smoothed = self._smoothed(s, y)
        of_targets = np.empty_like(s.per_sample)
        return [
            *smoothed,
            partial(np.multiply, t, s.z, s.scratch),
            partial(np.add.reduce, s.scratch, -2, None, of_targets),
            partial(np.log, s.kept[..., 0, :], s.per_sample),
            partial(np.subtract, s.per_sample, of_targets, s.per_sample),
        ]

    def total(self, s: Signal, y: Array) -> Callable[[], Any]:
        """By one dot product for all rows' sum(t z)."""
        t, smoothed = self._smoothed(s, y)
        total, row, sum_up = s.kept[..., 0, :], s.per_sample, row_sum(s.per_sample)
        of_targets = dot(entries(t), entries(s.z))

        def value() -> Any:
            for call in smoothed:
                call()
            np.log(total, row)
            return sum_up() - of_targets()

        return value

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/dz = (a - t) / rows: log a's derivative 1/a and softmax's Jacobian cancel, as sum(t) = 1."""
        t = s.delta if self.label_smoothing else y
        return [partial(np.subtract, s.a, t, s.delta)]

    def size(self, s: Signal) -> int:
        """Every row."""
        return int(s.a.shape[-1])

    def _smoothed(self, s: Signal, y: Array) -> tuple[Array, list[Call]]:
        """t, and the calls that fill it: y itself, or with smoothing delta."""
        if not self.label_smoothing:
            return y, []
        rest, each = scalar(1 - self.label_smoothing, y), scalar(self.label_smoothing / y.shape[-2], y)
        return s.delta, [partial(np.multiply, y, rest, s.delta), partial(np.add, s.delta, each, s.delta)]


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """L = -sum(y log a + (1 - y) log(1 - a)) / size over sigmoid outputs: each output a yes or no of its own."""

    name = "binary_cross_entropy"
    classification = True
    fused_with = "sigmoid"
    over = ("sigmoid",)

    def forward(self, s: Signal, y: Array) -> Calls:
        """From z: the entry is max(z, 0) - y z + log(1 + exp(-|z|)), in which nothing overflows.

        The first two cancel entry by entry, not sum by sum, so that a small loss stays exact and never below 0.
        """
        return [
            partial(np.maximum, s.z, np.zeros_like(s.z), out=s.delta),
            partial(np.multiply, y, s.z, s.scratch),
            partial(np.subtract, s.delta, s.scratch, s.delta),
            partial(np.abs, s.z, s.scratch),
            partial(np.negative, s.scratch, s.scratch),
            partial(np.exp, s.scratch, s.scratch),
            partial(np.log1p, s.scratch, s.scratch),
            partial(np.add, s.delta, s.scratch, s.delta),
            *mean_of(s.delta, s),
        ]

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/dz = (a - y) / size: the loss's 1 / (a (1 - a)) and sigmoid's slope cancel."""
        return [partial(np.subtract, s.a, y, s.delta)]


@dataclass(frozen=True)
class Hinge(Loss):
    """L = sum(max(0, 1 - t a)) / size, t = 2 y - 1 being 1 for a row's class and -1 for the others.

    Each class against the rest, as keras.losses.Hinge over one-hot targets; the outputs are margins.
    """

    name = "hinge"
    classification = True
    over = ("identity", "tanh")

    def forward(self, s: Signal, y: Array) -> Calls:
        """Leaves max(0, 1 - t a) in scratch, and -t in delta."""
        return [
            partial(np.multiply, y, scalar(-2, y), s.delta),
            partial(np.add, s.delta, scalar(1, y), s.delta),
            partial(np.multiply, s.delta, s.a, s.scratch),
            partial(np.add, s.scratch, scalar(1, y), s.scratch),
            partial(np.maximum, s.scratch, np.zeros_like(s.a), out=s.scratch),
            *mean_of(s.scratch, s),
        ]

    def backward(self, s: Signal, y: Array) -> Calls:
        """dL/da = -t / size where 1 - t a > 0, else 0."""
        del y
        return [
            partial(np.greater, s.scratch, scalar(0, s.a), s.scratch),
            partial(np.multiply, s.delta, s.scratch, s.delta),
        ]
