"""When training ends before its last epoch."""

from dataclasses import dataclass
from typing import Final

from backprop.nn.training.epoch import Epoch


@dataclass(frozen=True)
class Stop:
    """The stops that are switched on.

    loss_below    ends after the first epoch whose training loss is below
    patience      ends when `monitor` ("loss" or "validation_loss") has not fallen by more than `min_delta` below its
                  best for so many epochs in a row (as Keras' EarlyStopping)
    restore_best  with patience: training ends, however it ends, with the parameters as after the best epoch
    """

    loss_below: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    monitor: str = "loss"
    restore_best: bool = True

    @property
    def restores(self) -> bool:
        """Whether the best parameters are kept and brought back."""
        return self.patience is not None and self.restore_best


NEVER: Final = Stop()


@dataclass(slots=True)
class Watch:
    """What early stopping remembers: the best monitored value, its epoch (1-based), and the epochs waited since."""

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0

    def improves(self, stop: Stop, epoch: Epoch) -> bool:
        """Takes one epoch in, and says whether it is the best so far."""
        value = epoch.validation_loss if stop.monitor == "validation_loss" else epoch.loss
        assert value is not None, "validation_loss is monitored without validation rows"  # noqa: S101 - a caller's bug
        if self.best is None or value < self.best - stop.min_delta:
            self.best, self.best_epoch, self.waited = value, epoch.epoch, 0
            return True
        self.waited += 1
        return False
