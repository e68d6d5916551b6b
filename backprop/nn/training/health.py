"""The health of training: what one step does to each layer, looked at in a few of the epochs."""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import numpy as np

from backprop.nn.calls import Array, norm
from backprop.nn.network import Network, layer_sizes
from backprop.nn.passes.layers import Dense

FEWEST: Final = 10  # epochs looked at, where there are so many
MOST: Final = 1000
SHARE: Final = 0.004  # of the epochs, in between; more would cost over 2 % of the tutorial's time


class Health(NamedTuple):
    """What an epoch's last whole batch was like, layer by layer, the output being the last.

    gradient_norm  the Euclidean norm of the gradient by the layer's parameters, with penalties, before clipping
    update_ratio   how far the step moved the weights (without biases): the norm of the change over their norm before;
                   None where they were zero
    idle           the share of dead units (relu) or of saturated activations (sigmoid, tanh, …); None where the
                   activation has no such place
    """

    gradient_norm: tuple[float, ...]
    update_ratio: tuple[float | None, ...]
    idle: tuple[float | None, ...]


def examined_epochs(epochs: int) -> frozenset[int]:
    """The epochs, counted from 1, that are looked at in a training of so many: few enough to cost next to nothing.

    They are spaced as logarithms, since early on much changes; the first and the last are among them.
    """
    count = min(epochs, MOST, max(FEWEST, round(SHARE * epochs)))
    return frozenset(np.geomspace(1, epochs, count).round().astype(int).tolist())


class Examination:
    """A look at one step from inside: `before` its update and `after`."""

    def __init__(self, network: Network, flat: Array, gradient: Array, layers: Sequence[Dense]) -> None:
        """`flat` (P,) and `gradient` (L,) are the live vectors, `layers` those of the plan that the step runs."""
        self._learned = flat[: network.learned_count]
        self._kept = self._learned.copy()  # the parameters before the update, then how far it moved them
        starts = [0, *accumulate(layer_sizes(network))]
        self._gradients = [norm(gradient[start:stop]) for start, stop in pairwise(starts)]
        weights = zip(starts, network.fan, strict=False)
        self._kept_weights = [norm(self._kept[start : start + inputs * units]) for start, (inputs, units) in weights]
        self._idle = [partial(layer.f.idle, layer.signal.a) for layer in layers]
        self._before: tuple[list[float], list[float]] = [], []

    def before(self) -> None:
        """To be called when the gradient is there, and the update has not begun."""
        np.copyto(self._kept, self._learned)
        self._before = [length() for length in self._gradients], [length() for length in self._kept_weights]

    def after(self) -> Health:
        """What has been seen; to be called after the update."""
        np.subtract(self._learned, self._kept, self._kept)
        gradients, weights = self._before
        changes = [length() for length in self._kept_weights]
        ratios = (change / weight if weight else None for change, weight in zip(changes, weights, strict=True))
        return Health(tuple(gradients), tuple(ratios), tuple(idle() for idle in self._idle))
