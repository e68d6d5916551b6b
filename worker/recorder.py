"""The recorder: epochs as training yields them, kept until they are stored. Adding one must cost next to nothing."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from backprop.nn import Epoch, Health
from backprop.store.jobs.metrics import NewMetrics
from worker.measurement import Figures


class Recorder:
    """The epochs since the last report, each with the seconds trained up to its end and what was measured after it.

    `measured` gives the names of the columns that an epoch may have figures for beside its own, once there is one.
    """

    def __init__(self, measured: Callable[[], Sequence[str]]) -> None:
        self._measured = measured
        self._epochs: list[Epoch] = []
        self._seconds: list[float] = []
        self._figures: list[Figures] = []

    def add(self, epoch: Epoch, seconds: float, figures: Figures) -> None:
        """Keep one more epoch."""
        self._epochs.append(epoch)
        self._seconds.append(seconds)
        self._figures.append(figures)

    def metrics(self) -> NewMetrics | None:
        """Return what has been added, as columns, leaving out figures that no epoch has; None if that is nothing."""
        if not self._epochs:
            return None
        table = np.array([epoch[:-1] for epoch in self._epochs], dtype=np.float64).T  # None becomes NaN
        columns = dict(zip(Epoch._fields[:-1], table, strict=True))
        first_epoch = int(columns.pop("epoch")[0])
        absent = [name for name in columns if getattr(self._epochs[0], name) is None]
        for name in absent:
            del columns[name]
        seconds = {"seconds": np.array(self._seconds)}
        measured = {name: _column([figures.get(name) for figures in self._figures]) for name in self._measured()}
        return NewMetrics(first_epoch, columns | seconds | measured, self._health())

    def clear(self) -> None:
        """Forget what has been added: it is stored."""
        self._epochs.clear()
        self._seconds.clear()
        self._figures.clear()

    def _health(self) -> dict[str, NDArray[np.float64]]:
        """The columns of what was seen of layers, which most reports have none of."""
        looked = [epoch.health for epoch in self._epochs]
        seen = next((health for health in looked if health is not None), None)
        if seen is None:
            return {}
        return {
            f"{field} {layer + 1}": _column([health and getattr(health, field)[layer] for health in looked])
            for field in Health._fields
            for layer in range(len(seen.gradient_norm))
        }


def _column(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)  # None becomes NaN
