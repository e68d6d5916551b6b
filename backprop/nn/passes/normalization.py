"""Batch normalization: a layer's z brought to mean 0 and variance 1 over the batch, then scaled and shifted.

With n the batch's rows, mean and variance taken over them, and h = (z - mean) / sqrt(variance + epsilon), what goes on
is gamma h + beta (Ioffe and Szegedy 2015, algorithm 1). Prediction uses running means of both statistics instead.
Definitions and constants are those of torch.nn.BatchNorm1d: the running variance is the unbiased one, by n - 1.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from backprop.nn.calls import Array, Call, Calls, scalar
from backprop.nn.network import LayerParameters

EPSILON: Final = 1e-5
MOMENTUM: Final = 0.1


def normalize_by_running(p: LayerParameters, z: Array) -> Calls:
    """Calls that turn z (..., units, batch) in place into gamma h + beta by the running statistics."""
    scale, shift = np.empty_like(p.gamma), np.empty_like(p.gamma)
    return [
        partial(np.add, p.variance, scalar(EPSILON, z), scale),
        partial(np.sqrt, scale, scale),
        partial(np.divide, p.gamma, scale, scale),
        partial(np.multiply, p.mean, scale, shift),
        partial(np.subtract, p.beta, shift, shift),
        partial(np.multiply, z, scale[..., None], z),
        partial(np.add, z, shift[..., None], z),
    ]


class BatchNorm:
    """One layer's normalization in training, bound to its parameters and to the arrays of one batch shape."""

    def __init__(self, p: LayerParameters, z: Array, scratch: Array) -> None:
        """Arrays (..., units, batch): z is normalized in place, scratch is free in between."""
        self.p, self.z, self.scratch = p, z, scratch
        self.rows = int(z.shape[-1])
        self.h = np.empty_like(z)
        self.mean, self.variance, self.deviation = (np.empty_like(p.gamma) for _ in range(3))

    def forward(self) -> Calls:
        """z becomes gamma h + beta, and the running statistics move a tenth of the way towards the batch's."""
        z, h, scratch, p = self.z, self.h, self.scratch, self.p
        share = scalar(1 / self.rows, z)
        unbiased = self.rows / max(self.rows - 1, 1)
        return [
            partial(np.add.reduce, z, -1, None, self.mean),
            partial(np.multiply, self.mean, share, self.mean),
            partial(np.subtract, z, self.mean[..., None], h),
            partial(np.multiply, h, h, scratch),
            partial(np.add.reduce, scratch, -1, None, self.variance),
            partial(np.multiply, self.variance, share, self.variance),
            partial(np.add, self.variance, scalar(EPSILON, z), self.deviation),
            partial(np.sqrt, self.deviation, self.deviation),
            partial(np.divide, h, self.deviation[..., None], h),
            partial(np.multiply, h, p.gamma[..., None], z),
            partial(np.add, z, p.beta[..., None], z),
            _move(p.mean, self.mean, 1.0),
            _move(p.variance, self.variance, unbiased),
        ]

    def backward(self, delta: Array, g: LayerParameters, mean: float) -> Calls:
        """From dL/d(gamma h + beta) to dL/dz, in place, and dL/dgamma = sum(delta h), dL/dbeta = sum(delta) into g.

        Mean and variance depend on every row's z, so dL/dz = gamma / deviation * (delta - avg(delta) - h avg(delta h)),
        avg being over the rows. `mean` is the loss's 1 / size, which delta is kept without.
        """
        h, scratch = self.h, self.scratch
        of_h, of_one, factor = (np.empty_like(self.p.gamma) for _ in range(3))
        share, size = scalar(1 / self.rows, h), scalar(mean, h)
        return [
            partial(np.multiply, delta, h, scratch),
            partial(np.add.reduce, scratch, -1, None, of_h),
            partial(np.add.reduce, delta, -1, None, of_one),
            partial(np.multiply, of_h, size, g.gamma),
            partial(np.multiply, of_one, size, g.beta),
            partial(np.multiply, of_h, share, of_h),
            partial(np.multiply, of_one, share, of_one),
            partial(np.multiply, h, of_h[..., None], scratch),
            partial(np.subtract, delta, scratch, delta),
            partial(np.subtract, delta, of_one[..., None], delta),
            partial(np.divide, self.p.gamma, self.deviation, factor),
            partial(np.multiply, delta, factor[..., None], delta),
        ]


def _move(running: Array, latest: Array, factor: float) -> Call:
    """running += MOMENTUM * (factor * latest - running)."""
    work = np.empty_like(running)
    towards: Callable[[], object] = partial(np.multiply, latest, scalar(MOMENTUM * factor, latest), work)
    rest = scalar(1 - MOMENTUM, running)

    def move() -> None:
        towards()
        np.multiply(running, rest, running)
        np.add(running, work, running)

    return move
