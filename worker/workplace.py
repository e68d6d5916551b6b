"""A workplace: what a worker process works with, the same for every job that it takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from backprop.datasets.shelf import Shelf
from backprop.store.database import Database


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Workplace:
    """The store, the process's name, its times in seconds, how it hears that it must go, and a shelf, if it has one.

    `seconds_between_beats` is also how long a pause, a cancellation, or the end of a slice may go unnoticed.
    """

    db: Database
    worker: str
    ring: Callable[[], object]
    slice_seconds: float = 10.0
    lease_seconds: float = 60.0
    is_closing: Callable[[], bool] = _never
    clock: Callable[[], float] = time.monotonic
    shelf: Shelf | None = None

    @property
    def seconds_between_beats(self) -> float:
        """A second, or less where the lease or the slice is short."""
        return min(1.0, self.lease_seconds / 3, self.slice_seconds)
