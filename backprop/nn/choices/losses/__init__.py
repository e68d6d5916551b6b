"""Loss functions, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from backprop.nn.choices.losses.classes import BinaryCrossEntropy, CrossEntropy, Hinge
from backprop.nn.choices.losses.loss import Loss
from backprop.nn.choices.losses.values import Huber, MeanAbsoluteError, MeanSquaredError, Poisson

__all__ = ["LOSSES", "Loss"]

LOSSES: Mapping[str, type[Loss]] = MappingProxyType(
    {
        loss.name: loss
        for loss in (
            MeanSquaredError,
            MeanAbsoluteError,
            Huber,
            CrossEntropy,
            BinaryCrossEntropy,
            Hinge,
            Poisson,
        )
    }
)
