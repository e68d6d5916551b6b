"""Schedules: the learning rate's course over training. Where PyTorch has one, the definitions and defaults are its."""

from collections.abc import Mapping
from types import MappingProxyType

from backprop.nn.choices.schedules.courses import Constant, Cosine, Exponential, InverseScaling, OneCycle, Step
from backprop.nn.choices.schedules.plateau import Plateau
from backprop.nn.choices.schedules.schedule import Memory, Schedule

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "Exponential",
    "InverseScaling",
    "Memory",
    "OneCycle",
    "Plateau",
    "Schedule",
    "Step",
]

SCHEDULES: Mapping[str, type[Schedule]] = MappingProxyType(
    {schedule.name: schedule for schedule in (Constant, Step, Exponential, Cosine, InverseScaling, OneCycle, Plateau)}
)
