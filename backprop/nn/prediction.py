"""Prediction: rows fed forward through a network; a row's answer has the same bits alone and in any batch."""

from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Final

import numpy as np

from backprop.nn.calls import Array, quiet_context
from backprop.nn.network import Network
from backprop.nn.passes.plan import ForwardPlan

# Larger tiles pass too on most machines, and make a single row wait for a whole one: 64 columns of 784-256-128-10 take
# ten times as long as 4, while a thousand rows take the same by either.
TILES: Final = (4, 2, 1)
WIDTHS: Final = (64, 16, 4, 1)  # tiles fed forward at once, the most that there are rows for
# From so many parameters on they come from memory each time, which is what takes the time: a tile of 8 takes as long as
# one of 4, and tiles side by side gain nothing, and make probing long.
LARGE: Final = 2**21
LARGE_TILES: Final = (8, 4, 2)
ALONE: Final = (1, (1,))  # one row after the other: what is left where no tile is even
PROBES: Final = 4


class Predictor:
    """A network with its parameters, planned for rows of any number; safe to share between threads.

    BLAS sums in an order that depends on the shapes and on a column's place among the others. So rows are always fed
    forward in tiles of one size, the largest for which a row comes out the same at every place of a tile.
    """

    def __init__(self, network: Network, parameters: Array) -> None:
        """`parameters` (P,) are copied."""
        self.network, self._flat, self._lock = network, np.array(parameters), Lock()
        self._quiet = quiet_context()
        for tile, widths in _ways(network):
            # The parameters get a leading axis of their own, so that one matrix product serves all tiles.
            self._plans = [ForwardPlan(network, self._flat[None], (width, tile)) for width in widths]
            if self._quiet.run(self._is_even):
                break

    @property
    def parameters(self) -> int:
        """The number of the network's parameters."""
        return self._flat.size

    def __reduce__(self) -> tuple[type["Predictor"], tuple[Network, Array]]:
        """Pickled and copied as what it was made from: plans hold calls, and tiles are probed anew on each machine."""
        return Predictor, (self.network, self._flat)

    def outputs(self, x: Array) -> Array:
        """The output layer's activations a (rows, outputs) for x (rows, inputs)."""
        with self._lock:
            return self._quiet.run(self._outputs, x)

    def logits(self, x: Array) -> Array:
        """The output layer's weighted inputs z (rows, outputs), of which the activations are made, for x."""
        return self._linear.outputs(x)

    @cached_property
    def _linear(self) -> "Predictor":
        """The network without its last activation, whose plans may write over z: made for the first who asks."""
        *hidden, last = self.network.layers
        layers = (*hidden, replace(last, activation="identity"))
        return Predictor(replace(self.network, layers=layers), self._flat)

    def _outputs(self, x: Array) -> Array:
        out = np.empty((len(x), self.network.outputs), self._flat.dtype)
        start = 0
        while start < len(x):
            plan = self._plan_for(len(x) - start)
            part = x[start : start + _places(plan)]
            _feed(plan, part)
            a = plan.output.a.swapaxes(-1, -2).reshape(-1, out.shape[1])
            out[start : start + len(part)] = a[: len(part)]
            start += len(part)
        return out

    def _plan_for(self, rows: int) -> ForwardPlan:
        """The widest plan that `rows` fill, else the narrowest."""
        return next((plan for plan in self._plans if _places(plan) <= rows), self._plans[-1])

    def _is_even(self) -> bool:
        """Whether in every layer and plan a row comes out the same at every place; probed with a few random rows."""
        words = np.random.Philox(key=0).random_raw(PROBES * self.network.inputs).reshape(PROBES, -1)
        rows = ((words >> np.uint64(11)) * 2.0**-52 - 1).astype(self._flat.dtype)
        return all(self._same_everywhere(row) for row in rows)

    def _same_everywhere(self, row: Array) -> bool:
        for plan in self._plans:
            _feed(plan, np.broadcast_to(row, (_places(plan), len(row))))
        first = [layer.signal.a[:1, :, :1].copy() for layer in self._plans[-1].layers]
        return all(
            bool((layer.signal.a == expected).all())
            for plan in self._plans
            for layer, expected in zip(plan.layers, first, strict=True)
        )


def _ways(network: Network) -> list[tuple[int, tuple[int, ...]]]:
    """The sizes of tiles to be tried, the best first, and how many of each are fed forward at once."""
    if network.parameter_count < LARGE:
        return [*((tile, WIDTHS) for tile in TILES), ALONE]
    return [*((tile, (1,)) for tile in LARGE_TILES), ALONE]


def _places(plan: ForwardPlan) -> int:
    tiles, _, tile = plan.x.shape
    return int(tiles * tile)


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
