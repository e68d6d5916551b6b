"""Room for encoded rows: memory, or a shelf for those that are worth it; the bytes are the same."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from backprop.data.encoding import Encoding
from backprop.data.inputs import Matrix
from backprop.data.splits import Indices
from backprop.data.table import Table
from backprop.datasets.shelf import Block, Shelf, Wanted

FORMAT = 1  # of what an encoding makes of rows: files of another one are not looked at


@dataclass(frozen=True)
class Room:
    """A shelf, if there is one; `encoded` is called between two blocks of rows; whether they are then `shuffled`."""

    shelf: Shelf | None = None
    encoded: Callable[[], object] = object
    shuffled: bool = False

    def arrays(self, table: Table, encoding: Encoding, rows: Indices, dataset: str | None) -> tuple[Matrix, Matrix]:
        """Return x, (rows, inputs), and y, (rows, outputs); of a dataset by its id, which none but a stored one has."""
        said = [FORMAT, dataset, encoding.to_json(), hashlib.sha256(rows.tobytes()).hexdigest()]
        name = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        shelf = None if dataset is None else self.shelf
        x = Wanted(f"{name}.x", (len(rows), encoding.inputs), encoding.x.dtype)
        y = Wanted(f"{name}.y", (len(rows), encoding.outputs), encoding.x.dtype)
        return (
            self._array(shelf, x, self._placed(rows, partial(encoding.blocks, table))),
            self._array(shelf, y, self._placed(rows, partial(encoding.target_blocks, table))),
        )

    def _placed(self, rows: Indices, encode: Callable[[Indices], Iterable[Matrix]]) -> Iterator[Block]:
        # As they lie in the table: in any other order, each block would read all of a table larger than memory.
        order = np.argsort(rows, kind="stable")
        start = 0
        for block in encode(rows[order]):
            if start:
                self.encoded()
            yield order[start : start + len(block)], block
            start += len(block)

    def _array(self, shelf: Shelf | None, wanted: Wanted, blocks: Iterable[Block]) -> Matrix:
        if shelf is not None and shelf.takes(wanted.size):
            return shelf.rows(wanted, blocks, shuffled=self.shuffled)
        array = np.empty(wanted.shape, wanted.dtype)
        for places, block in blocks:
            array[places] = block
        return array
