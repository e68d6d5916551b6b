"""When training ends before its last epoch."""

from dataclasses import dataclass
from typing import Final, Literal

from backprop.nn.training.epoch import Epoch

Monitor = Literal["loss", "validation_loss", "accuracy", "validation_accuracy"]


@dataclass(frozen=True)
class Stop:
    """The stops that are switched on.

    loss_below    ends after the first epoch whose training loss is below
    patience      ends when `monitor` has not got better by more than `min_delta` than its best for so many epochs in a
                  row (as Keras' EarlyStopping); a loss gets better by falling, an accuracy by rising
    baseline      with patience: only what is better than it by more than `min_delta`, too, ends waiting (as in Keras)
    restore_best  with patience: training ends, however it ends, with the parameters as after the best epoch
    """

    loss_below: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    monitor: Monitor = "loss"
    baseline: float | None = None
    restore_best: bool = True

    @property
    def restores(self) -> bool:
        """Whether the best parameters are kept and brought back."""
        return self.patience is not None and self.restore_best

    @property
    def on_validation(self) -> bool:
        """Whether the monitor is about the validation rows."""
        return self.monitor.startswith("validation")

    def loss(self, epoch: Epoch) -> float:
        """The epoch's loss on the rows that the monitor is about."""
        return _told(epoch.validation_loss if self.on_validation else epoch.loss)

    def value(self, epoch: Epoch) -> float:
        """The epoch's monitored value."""
        return _told(getattr(epoch, self.monitor))

    def is_better(self, value: float, reference: float) -> bool:
        """Whether a monitored value is enough of an improvement."""
        gain = value - reference if self.monitor.endswith("accuracy") else reference - value
        return gain > self.min_delta


NEVER: Final = Stop()


@dataclass(slots=True)
class Watch:
    """What early stopping remembers: the best monitored value, its epoch (1-based), and the epochs waited since."""

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0

    def improves(self, stop: Stop, epoch: Epoch) -> bool:
        """Takes one epoch in, and says whether it is the best so far."""
        value = stop.value(epoch)
        self.waited += 1
        if self.best is not None and not stop.is_better(value, self.best):
            return False
        self.best, self.best_epoch = value, epoch.epoch
        if stop.baseline is None or stop.is_better(value, stop.baseline):
            self.waited = 0
        return True


def _told(value: float | None) -> float:
    assert value is not None, "a figure is monitored that epochs do not have"  # noqa: S101 - a caller's bug
    return value
