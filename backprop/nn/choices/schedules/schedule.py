"""What a schedule is: the learning rate's course over training, after a linear warm-up where one is wanted."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position

MOST_EPOCHS: Final = 10_000_000


@dataclass(slots=True)
class Memory:
    """What a schedule has made of past losses, saved with the training's state.

    base     the optimizer's learning rate, or what it has been reduced to
    best     the lowest loss so far that counts; None: none yet
    waited   epochs since without a lower one
    cooling  epochs to come in which waiting does not count
    """

    base: float
    best: float | None = None
    waited: int = 0
    cooling: int = 0


@dataclass(frozen=True)
class Schedule:
    """A function from the place in training to the learning rate.

    For `warmup_epochs` the rate rises step by step, from the first step's share of them on, to what the course begins
    at; the course, whatever it counts, begins after them (Goyal et al. 2017, section 2.2; torch's LinearLR, then the
    course, in a SequentialLR).
    """

    name: ClassVar[str]
    warmup_epochs: int = parameter(0, at_least=0, at_most=MOST_EPOCHS)

    @property
    def pace(self) -> Literal["never", "epoch", "step"]:
        """How often the rate may change; it is asked for no more often."""
        return "step" if self.warmup_epochs else "epoch"

    def rate(self, base: float, position: Position) -> float:
        """The learning rate at `position`, whose step counts itself already; `base` as `Memory` has it."""
        epochs = self.warmup_epochs
        if not epochs:
            return self.course(base, position)
        steps = epochs * position.batches
        after = replace(
            position,
            epochs=max(1, position.epochs - epochs),
            epoch=max(0, position.epoch - epochs),
            step=max(1, position.step - steps),
        )
        return min(1.0, position.step / steps) * self.course(base, after)

    def course(self, base: float, position: Position) -> float:
        """The rate without warm-up: `base` itself, where it is not said otherwise."""
        del position
        return base

    def heed(self, loss: float, memory: Memory) -> None:
        """Takes the loss of an epoch after warm-up into `memory`; without effect where losses do not matter."""
