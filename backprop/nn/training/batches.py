"""The way of the training rows to a plan: an epoch's order, cut into batches, loaded a block of batches at a time.

A block is a contiguous copy of about a megabyte, so the training set may be a memmap and is never copied whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from backprop.nn.calls import Array, Calls
from backprop.nn.passes.plan import TrainingPlan
from backprop.nn.randomness import ORDER, Stream

BLOCK_BYTES: Final = 2**20
BLOCK_FLOPS: Final = 1e8  # some milliseconds: between two blocks the caller may pause, save or stop
BLOCK_BATCHES: Final = 64


@dataclass(frozen=True)
class Examples:
    """Rows to learn or to measure from: x (rows, inputs) and y (rows, outputs), in the network's dtype.

    weight (rows,), at least 0, of the same dtype: how much each counts in training; None: all the same.
    """

    x: Array
    y: Array
    weight: Array | None = None

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.x)


def block_batches(examples: Examples, batch: int, flops_per_row: int) -> int:
    """How many batches a block holds: few enough for its bytes and its work, at least one.

    `flops_per_row` are those of all networks that train on the row.
    """
    bytes_per_row: int = (examples.x.shape[1] + examples.y.shape[1]) * examples.x.itemsize
    most = min(BLOCK_BYTES // (bytes_per_row * batch), int(BLOCK_FLOPS / (flops_per_row * batch)), BLOCK_BATCHES)
    return max(1, min(most, -(-examples.rows // batch)))


class Blocks:
    """One block's rows in memory, and the epoch's order that they are taken in."""

    def __init__(self, examples: Examples, rows: int, stream_seed: int | None) -> None:
        """`rows` fit in a block; `stream_seed` None: the rows come in their own order."""
        # A memmap's base class view: the same bytes without memmap's cost per call.
        self._sources = [np.asarray(array) for array in _arrays(examples)]
        self._held = [np.empty((rows, *source.shape[1:]), source.dtype) for source in self._sources]
        self._stream = None if stream_seed is None else Stream(stream_seed, ORDER)
        self._order, self._epoch = np.arange(examples.rows), -1
        self._loaded: tuple[int, int, int] | None = None

    def load(self, epoch: int, start: int, stop: int) -> None:
        """Brings the rows at places start to stop of the epoch's order to the block, where they are not there yet."""
        if self._loaded == (epoch, start, stop):
            return
        self._loaded = (epoch, start, stop)
        if self._stream and epoch != self._epoch:
            self._order, self._epoch = self._stream.order(len(self._order), epoch), epoch
        order = self._order[start:stop]
        for source, block in zip(self._sources, self._held, strict=True):
            if self._stream:
                # 'clip' writes straight to `out`; 'raise' would go through a buffer. The order has no index to clip.
                source.take(order, 0, block[: stop - start], "clip")
            else:
                np.copyto(block[: stop - start], source[start:stop])

    def hand_over(self, start: int, places: Sequence[Array]) -> Calls:
        """Calls that copy the block's rows from `start` on into a plan's places for them."""
        stop = start + places[0].shape[-1]
        return [partial(np.copyto, place, held[start:stop].T) for place, held in zip(places, self._held, strict=True)]


def fill(places: Sequence[Array], examples: Examples) -> None:
    """Brings all rows into the places of a plan for as many."""
    for place, source in zip(places, _arrays(examples), strict=True):
        np.copyto(place, source.T)


def places(plan: TrainingPlan) -> list[Array]:
    """A plan's arrays for rows: x, y and, where rows have weights, weight."""
    return [plan.x, plan.y, *([] if plan.weight is None else [plan.weight])]


def _arrays(examples: Examples) -> list[Array]:
    weights = [] if examples.weight is None else [examples.weight]
    return [examples.x, examples.y, *weights]
