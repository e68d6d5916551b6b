"""The form of a loss function: how far the outputs a are from the targets y, and where backpropagation starts from."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from backprop.nn.calls import Array, Calls, row_sum
from backprop.nn.passes.signals import Signal


@dataclass(frozen=True)
class Loss(ABC):
    """A function of outputs and targets, and its derivative; its fields are its parameters.

    `forward` binds the calls that give each row's loss; they run before those of `backward` and may leave in delta what
    these need. `backward` binds the calls that make delta the loss's derivative: by the activations (dL/da), or at once
    by the weighted inputs (dL/dz) where the loss is `fused_with` the output's activation. A batch's loss is a mean over
    `size` terms; delta is kept without the factor 1 / size, which enters the gradients in their matrix products, for
    nothing.
    """

    name: ClassVar[str]
    # Whether the outputs are scores of classes, so that accuracy means something.
    classification: ClassVar[bool] = False
    # The output activation together with which value and derivative are computed stably from z; None: any, from a.
    fused_with: ClassVar[str | None] = None
    # The output activations over which the loss means something, the most usual first; none named: all.
    over: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def accepts(cls, activation: str) -> bool:
        """Whether this loss means something over an output layer with the activation of that name."""
        return not cls.over or activation in cls.over

    @abstractmethod
    def forward(self, s: Signal, y: Array) -> Calls:
        """Calls that fill s.per_sample with each row's loss; s.delta and s.scratch are free to be used."""

    @abstractmethod
    def backward(self, s: Signal, y: Array) -> Calls:
        """Calls that fill s.delta with the loss's derivative, times `size`."""

    def total(self, s: Signal, y: Array) -> Callable[[], Any]:
        """A call that returns the loss summed over the batch's rows: `forward` and a sum, or quicker to the same.

        It is a float, or with a leading axis (networks,) float64.
        """
        calls, rows = self.forward(s, y), row_sum(s.per_sample)

        def value() -> Any:
            for call in calls:
                call()
            return rows()

        return value

    def size(self, s: Signal) -> int:
        """The number of terms that the loss is the mean of: every entry."""
        return s.size_of_one
