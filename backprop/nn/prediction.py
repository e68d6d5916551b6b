"""Prediction: rows fed forward through a network; a row's answer has the same bits alone and in any batch."""

from threading import Lock
from typing import Final

import numpy as np

from backprop.nn.calls import Array, quiet_context
from backprop.nn.network import Network
from backprop.nn.plan import ForwardPlan

TILES: Final = (64, 32, 16, 8, 4, 2, 1)
WIDE: Final = 256  # rows fed forward at once where there are many


class Predictor:
    """A network with its parameters, planned for rows of any number; safe to share between threads.

    BLAS sums in an order that depends on the shapes and on a column's place among the others. So rows are always fed
    forward in tiles of one size, the largest for which a row comes out the same at every place of a tile.
    """

    def __init__(self, network: Network, parameters: Array) -> None:
        self._network, self._flat, self._lock = network, parameters.copy(), Lock()
        self._quiet = quiet_context()
        for tile in TILES:
            self._narrow, self._wide = self._plan(1, tile), self._plan(WIDE // tile, tile)
            if self._quiet.run(self._is_even):
                break
        self.tile = tile

    def outputs(self, x: Array) -> Array:
        """The output layer's activations (rows, outputs) for x (rows, inputs)."""
        with self._lock:
            return self._quiet.run(self._outputs, x)

    def _outputs(self, x: Array) -> Array:
        out = np.empty((len(x), self._network.outputs), self._flat.dtype)
        start = 0
        while start < len(x):
            plan = self._narrow if len(x) - start <= self.tile else self._wide
            tiles, _, tile = plan.x.shape
            part = x[start : start + tiles * tile]
            _feed(plan, part)
            a = plan.output.a.swapaxes(-1, -2).reshape(tiles * tile, -1)
            out[start : start + len(part)] = a[: len(part)]
            start += len(part)
        return out

    def _plan(self, tiles: int, tile: int) -> ForwardPlan:
        # The parameters get a leading axis of their own, so that one matrix product serves all tiles.
        return ForwardPlan(self._network, self._flat[None], (tiles, tile))

    def _is_even(self) -> bool:
        """Whether in every layer a row comes out the same at every place, in both plans."""
        words = np.random.Philox(key=0).random_raw(8 * self._network.inputs).reshape(8, -1)
        rows = ((words >> np.uint64(11)) * 2.0**-52 - 1).astype(self._flat.dtype)
        return all(self._same_everywhere(row) for row in rows)

    def _same_everywhere(self, row: Array) -> bool:
        for plan in (self._narrow, self._wide):
            tiles, _, tile = plan.x.shape
            _feed(plan, np.broadcast_to(row, (tiles * tile, len(row))))
        for narrow, wide in zip(self._narrow.layers, self._wide.layers, strict=True):
            first = narrow.signal.a[:, :, :1]
            if not all(np.array_equal(s.a, np.broadcast_to(first, s.a.shape)) for s in (narrow.signal, wide.signal)):
                return False
        return True


def _feed(plan: ForwardPlan, rows: Array) -> None:
    """Fills the plan's places with the rows, the rest with zeros, and feeds forward."""
    tiles, inputs, tile = plan.x.shape
    if len(rows) < tiles * tile:
        filled = np.zeros((tiles * tile, inputs), rows.dtype)
        filled[: len(rows)] = rows
        rows = filled
    np.copyto(plan.x, rows.reshape(tiles, tile, inputs).swapaxes(-1, -2))
    for call in plan.forward:
        call()
