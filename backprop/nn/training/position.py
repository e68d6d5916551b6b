"""The place in training that the next batch has, and what follows from it alone."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Position:
    """Counted from 0: the epoch, the batch in it, and the steps (batches) in all; a running step counts itself already.

    `learning_rate` is the one in force, in a stack (networks,) float64; `batches` and `rows` an epoch, and `epochs` in
    all, are the course's length.
    """

    batches: int
    epochs: int
    epoch: int = 0
    batch: int = 0
    step: int = 0
    learning_rate: Any = 0.0
    rows: int = 0
