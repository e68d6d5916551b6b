"""What an optimizer is, and a stepwise one, which plans the step from w and g on a chunk of the flat vectors."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from backprop.nn.calls import Array, Call, Calls, axpy, scal
from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position

# Elements of a chunk: what an optimizer touches of them stays in the second-level cache.
OPTIMIZER_CHUNK: Final = 32768


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the parameters, small enough for the cache, with all that belongs to it; arrays of one length.

    w        parameters
    g        the gradient of the batch's mean loss; a step may use it as room to work in
    scratch  free between two steps, shared with the other chunks
    slots    the optimizer's own vectors by name
    """

    w: Array
    g: Array
    scratch: Array
    slots: Mapping[str, Array]


class Optimizer(ABC):
    """A way to make the training's loss small; `learning_rate` is the one that schedules start from."""

    name: ClassVar[str]
    learning_rate: float

    @property
    def slots(self) -> Mapping[str, float]:
        """Names of the vectors that the optimizer keeps beside the parameters, and the value that each begins at.

        They are all that a step depends on besides w, g and the position, so all of the optimizer that is saved.
        """
        return {}

    @abstractmethod
    def plan(self, chunk: Chunk, position: Position) -> Calls:
        """What happens to `chunk` in a step; `position.step` counts from 1 while it runs."""

    def workspace_bytes(self, count: int) -> int:
        """Bytes that it needs besides, for `count` parameters."""
        del count
        return 0


@dataclass(frozen=True)
class Stepwise(Optimizer):
    """A rule that moves the parameters, batch by batch, against the gradient of the batch's mean loss.

    `weight_decay` is an L2 penalty's factor, on biases too: the gradient is taken as g + weight_decay * w.
    """

    learning_rate: float = parameter(0.01, above=0.0)
    weight_decay: float = parameter(0.0, at_least=0.0)

    def plan(self, chunk: Chunk, position: Position) -> Calls:
        """Weight decay, and the step."""
        return [*self.shrink(chunk, position), *self.step(chunk, position)]

    def shrink(self, chunk: Chunk, position: Position) -> Calls:
        """Weight decay; no call where there is none."""
        del position
        if not self.weight_decay:
            return []
        return [partial(axpy(chunk.w, chunk.g), self.weight_decay)]

    @abstractmethod
    def step(self, chunk: Chunk, position: Position) -> Calls:
        """The step without weight decay."""


def fade(total: Array, share: float, value: Array) -> Calls:
    """total = share * total + value.

    It is an exponential average but for its factor 1 - share, which every optimizer here puts into its scalars: that
    saves a pass.
    """
    return [partial(scal(total), share), partial(axpy(value, total), 1.0)]


def descend(w: Array, direction: Array, position: Position, factor: float = 1.0) -> Call:
    """w -= factor * learning_rate * direction."""
    add = axpy(direction, w)
    return lambda: add(-factor * position.learning_rate)
