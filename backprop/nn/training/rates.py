"""The learning rate as training goes along: a schedule bound to the place in training and to what it remembers."""

from typing import Protocol

from backprop.nn.choices.schedules import Memory, Schedule
from backprop.nn.training.position import Position


class Pace(Protocol):
    """What a step needs to know of learning rates: whether they change with every step, and how to set them."""

    every_step: bool

    def set(self) -> None:
        """Sets the position's learning rate."""


class Rates:
    """Sets `position.learning_rate` as the schedule has it, no more often than it may change."""

    def __init__(self, schedule: Schedule, memory: Memory, position: Position) -> None:
        self.memory, self._schedule, self._position = memory, schedule, position
        self.varies, self.every_step = schedule.pace != "never", schedule.pace == "step"
        if not self.every_step:
            self.set()

    def set(self) -> None:
        """Sets the rate of the step, or of the epoch, that begins."""
        self._position.learning_rate = self._schedule.rate(self.memory.base, self._position)

    def end_epoch(self, loss: float) -> None:
        """Has the schedule heed an epoch's loss; the position is that of the next one. Needed where the rate varies."""
        if self._position.epoch > self._schedule.warmup_epochs:
            self._schedule.heed(loss, self.memory)
        if not self.every_step:
            self.set()
