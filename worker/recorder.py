"""The recorder: epochs as training yields them, kept until they are stored. Adding one must cost next to nothing."""

import numpy as np

from backprop.nn import Epoch
from backprop.store.jobs.metrics import NewMetrics


class Recorder:
    """The epochs since the last report, each with the seconds trained up to its end."""

    def __init__(self) -> None:
        self._epochs: list[Epoch] = []
        self._seconds: list[float] = []

    def add(self, epoch: Epoch, seconds: float) -> None:
        """Keep one more epoch."""
        self._epochs.append(epoch)
        self._seconds.append(seconds)

    def metrics(self) -> NewMetrics | None:
        """Return what has been added, as columns, leaving out figures that no epoch has; None if that is nothing."""
        if not self._epochs:
            return None
        table = np.array(self._epochs, dtype=np.float64).T  # what an epoch does not have is None, here NaN
        columns = dict(zip(Epoch._fields, table, strict=True))
        first_epoch = int(columns.pop("epoch")[0])
        absent = [name for name in columns if getattr(self._epochs[0], name) is None]
        for name in absent:
            del columns[name]
        return NewMetrics(first_epoch, columns | {"seconds": np.array(self._seconds)})

    def clear(self) -> None:
        """Forget what has been added: it is stored."""
        self._epochs.clear()
        self._seconds.clear()
