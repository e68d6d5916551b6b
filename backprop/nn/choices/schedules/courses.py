"""Schedules that are fixed beforehand: constant, falling by epochs, or one cycle."""

import math
from dataclasses import dataclass
from typing import Literal

from backprop.nn.choices.parameter import parameter
from backprop.nn.choices.schedules.schedule import MOST_EPOCHS, Schedule
from backprop.nn.training.position import Position


@dataclass(frozen=True)
class Constant(Schedule):
    """The optimizer's learning rate throughout."""

    name = "constant"

    @property
    def pace(self) -> Literal["never", "epoch", "step"]:
        """Never, once it is warm."""
        return "step" if self.warmup_epochs else "never"


@dataclass(frozen=True)
class Step(Schedule):
    """Multiplied by `factor` every `step_epochs` epochs: base * factor^floor(epoch / step_epochs).

    As torch's StepLR, whose gamma is `factor`; it has no default for its step_size.
    """

    name = "step"
    step_epochs: int = parameter(30, at_least=1, at_most=MOST_EPOCHS)
    factor: float = parameter(0.1, above=0.0, at_most=1.0)

    def course(self, base: float, position: Position) -> float:
        """See the class."""
        return base * self.factor ** (position.epoch // self.step_epochs)


@dataclass(frozen=True)
class Exponential(Schedule):
    """Multiplied by `factor` every epoch: base * factor^epoch; as torch's ExponentialLR, which has no default."""

    name = "exponential"
    factor: float = parameter(0.95, above=0.0, at_most=1.0)

    def course(self, base: float, position: Position) -> float:
        """See the class."""
        return base * self.factor**position.epoch


@dataclass(frozen=True)
class Cosine(Schedule):
    """From the optimizer's rate down to `min_learning_rate` along half a cosine (Loshchilov and Hutter 2017, eq. 5).

    Over all epochs, as torch's CosineAnnealingLR; with `restart_epochs` over as many, and then anew, each time over
    `restart_factor` times as many, as its CosineAnnealingWarmRestarts. It changes by epochs; the paper's by steps.
    """

    name = "cosine"
    min_learning_rate: float = parameter(0.0, at_least=0.0)
    restart_epochs: int = parameter(0, at_least=0, at_most=MOST_EPOCHS)
    restart_factor: int = parameter(1, at_least=1, at_most=MOST_EPOCHS)

    def course(self, base: float, position: Position) -> float:
        """See the class."""
        epoch, period = self._place(position)
        return _cosine(base, self.min_learning_rate, epoch / period)

    def _place(self, position: Position) -> tuple[int, int]:
        """The epoch since the last restart, and the epochs up to the next."""
        epoch, period = position.epoch, self.restart_epochs or position.epochs
        if self.restart_factor == 1:
            return epoch % period, period
        while epoch >= period:
            epoch -= period
            period *= self.restart_factor
        return epoch, period


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """base / (rows seen + 1)^power, by epochs, as scikit-learn's MLP with learning_rate="invscaling"."""

    name = "inverse_scaling"
    power: float = parameter(0.5, at_least=0.0, at_most=10.0)

    def course(self, base: float, position: Position) -> float:
        """See the class."""
        rate: float = base / (position.epoch * position.rows + 1) ** self.power
        return rate


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the optimizer's rate and down to almost nothing, step by step, along two halves of a cosine.

    From base / start_divisor, for `rising_share` of all steps, up to base, then down to
    base / start_divisor / end_divisor (Smith and Topin 2018; as torch's OneCycleLR with its defaults, but momentum is
    not cycled, as if its cycle_momentum were false).
    """

    name = "one_cycle"
    rising_share: float = parameter(0.3, at_least=0.0, below=1.0)
    start_divisor: float = parameter(25.0, at_least=1.0)
    end_divisor: float = parameter(1e4, at_least=1.0)

    @property
    def pace(self) -> Literal["never", "epoch", "step"]:
        """Every step."""
        return "step"

    def course(self, base: float, position: Position) -> float:
        """See the class."""
        steps, place = position.epochs * position.batches, position.step - 1
        peak = self.rising_share * steps - 1
        start = base / self.start_divisor
        if place < peak:
            return _cosine(start, base, place / peak)
        return _cosine(base, start / self.end_divisor, (place - peak) / (steps - 1 - peak))


def _cosine(start: float, end: float, share: float) -> float:
    """From `start` to `end` along half a cosine, as `share` goes from 0 to 1."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
