"""All randomness after the initial weights: a function of (seed, purpose, epoch, batch, layer), so none of it is saved.

Philox is a counter-based generator: keyed by seed and purpose, its counter says where in the stream to read. Only the
raw stream is used, which NumPy keeps the same for ever; what Generator's methods make of it may change.
"""

from typing import Final

import numpy as np

from backprop.nn.calls import Array

ORDER: Final = 1
DROPOUT: Final = 2


class Stream:
    """Raw random words of one seed and purpose, read at any place; the generator object is made once and reused."""

    def __init__(self, seed: int, purpose: int) -> None:
        self._philox = np.random.Philox(key=np.array([seed, purpose], np.uint64))
        self._state = self._philox.state
        self._state["buffer_pos"] = 4  # nothing left over from the last place

    def words(self, count: int, *, epoch: int, batch: int = 0, layer: int = 0) -> Array:
        """`count` uint64 at that place; the counter's low word is the place within."""
        self._state["state"]["counter"] = np.array([0, layer, batch, epoch], np.uint64)
        self._philox.state = self._state
        return self._philox.random_raw(count)

    def order(self, rows: int, epoch: int) -> Array:
        """The epoch's order of the rows: a uniform permutation, by sorting random keys.

        A key ends in its row's number: no two are equal, so they have one order, and sorting carries the rows along in
        half the time of an argsort.
        """
        bits = max(rows - 1, 1).bit_length()
        keys = self.words(rows, epoch=epoch) << bits
        keys |= np.arange(rows, dtype=np.uint64)
        keys.sort()
        keys &= (1 << bits) - 1
        return keys.view(np.int64)
