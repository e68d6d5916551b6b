"""One layer, bound to its parameters and to the arrays of one batch: its equations, forward and backward.

Samples are columns. The layer reads x (inputs + 1, batch), whose last row is ones, and w (inputs + 1, units), whose
last row is the bias; without bias neither has that row.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from backprop.nn.calls import Array, Call, Calls, each, scalar
from backprop.nn.network import Layer, LayerParameters
from backprop.nn.passes.normalization import BatchNorm, normalize_by_running
from backprop.nn.passes.signals import Signal
from backprop.nn.products import product
from backprop.nn.randomness import Stream
from backprop.nn.training.position import Position


class Dropout:
    """Inverted dropout (Srivastava et al. 2014, section 10): a * mask, the mask being 0 or 1 / (1 - rate).

    As the mean of that is a, prediction leaves it out.
    """

    def __init__(self, rate: float, number: int, streams: Sequence[Stream], position: Position) -> None:
        """`streams` has one entry a network, a single one where there is no leading axis."""
        self.rate, self.number, self.streams, self.position = rate, number, streams, position
        self.mask = np.ones(())

    def forward(self, a: Array, outputs: Array) -> Calls:
        """Draws the batch's mask and fills `outputs` with a * mask."""
        self.mask = np.empty_like(a)
        draws = [partial(self._draw, *pair) for pair in zip(self.streams, each(self.mask, 2), strict=True)]
        return [*draws, partial(np.multiply, a, self.mask, outputs)]

    def backward(self, delta: Array) -> Call:
        """dL/da = dL/d(a * mask) * mask."""
        return partial(np.multiply, delta, self.mask, delta)

    def _draw(self, stream: Stream, mask: Array) -> None:
        at = self.position
        words = stream.words(-(-mask.size // 2), epoch=at.epoch, batch=at.batch, layer=self.number)
        # Little-endian on every machine, so that every machine drops the same units.
        halves = words.astype("<u8", copy=False).view("<u4")[: mask.size].reshape(mask.shape)
        threshold = np.uint32(min(round(self.rate * 2**32), 2**32 - 1))
        np.multiply(halves >= threshold, scalar(1 / (1 - self.rate), mask), out=mask)


class Dense:
    """z = w^T x, a = f(z); in training, where the layer has them, batch normalization before f and dropout after it."""

    def __init__(self, layer: Layer, p: LayerParameters, x: Array, signal: Signal) -> None:
        self.f, self.p, self.x, self.signal = layer.f, p, x, signal
        self.norm: BatchNorm | None = None
        self.dropout: Dropout | None = None

    def forward(self, outputs: Array) -> Calls:
        """Feed forward: z = w^T x and a = f(z). `outputs` is what the next layer reads: a itself, or a * mask."""
        calls = [product(self.p.w.swapaxes(-1, -2), self.x, self.signal.z), *self._normalize()]
        calls += self.f.forward(self.signal)
        return [*calls, *self.dropout.forward(self.signal.a, outputs)] if self.dropout else calls

    def slope(self) -> Calls:
        """From dL/da (with dropout: dL/d(a * mask)) to delta = dL/dz = dL/da * f'(z)."""
        masked = [self.dropout.backward(self.signal.delta)] if self.dropout else []
        return [*masked, *self.f.backward(self.signal)]

    def gradient(self, g: LayerParameters, mean: float) -> Calls:
        """dL/dw = x delta^T, since dz_j/dw_ij = x_i; in its last row dL/db = delta summed, since there x is 1.

        With batch normalization delta has to pass it first. `mean` is the loss's 1 / size, which delta is kept without.
        """
        normalized = self.norm.backward(self.signal.delta, g, mean) if self.norm else []
        return [*normalized, product(self.x, self.signal.delta.swapaxes(-1, -2), g.w, mean)]

    def pass_back(self, below: Signal) -> Call:
        """dL/dx = w delta, since dz_j/dx_i = w_ij: it is dL/da of the layer below. The bias has no layer below."""
        inputs = below.a.shape[-2]
        return product(self.p.w[..., :inputs, :], self.signal.delta, below.delta)

    def _normalize(self) -> Calls:
        if self.norm:
            return self.norm.forward()
        return normalize_by_running(self.p, self.signal.z) if self.p.gamma.size else []
