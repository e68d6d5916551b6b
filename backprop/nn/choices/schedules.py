"""Schedules: the learning rate's course over training."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from backprop.nn.training.position import Position


@dataclass(frozen=True)
class Schedule(ABC):
    """A function from the place in training to the learning rate."""

    name: ClassVar[str]
    # Whether the rate changes from batch to batch; else it is asked for once an epoch.
    every_step: ClassVar[bool] = False

    @abstractmethod
    def rate(self, base: float, position: Position) -> float:
        """The learning rate at `position`, `base` being the optimizer's own."""


@dataclass(frozen=True)
class Constant(Schedule):
    """The optimizer's learning rate throughout."""

    name = "constant"

    def rate(self, base: float, position: Position) -> float:
        """Returns `base`."""
        del position
        return base


SCHEDULES: Mapping[str, type[Schedule]] = MappingProxyType({schedule.name: schedule for schedule in (Constant,)})
