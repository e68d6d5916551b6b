"""How a network is trained."""

from dataclasses import dataclass

from backprop.nn.choices.losses import LOSSES
from backprop.nn.choices.optimizers import Optimizer
from backprop.nn.choices.schedules import Schedule
from backprop.nn.training.stopping import NEVER, Stop


@dataclass(frozen=True)
class Recipe:
    """The loss by name, the optimizer and its learning rate's course, and how the rows come.

    batch_size    rows a step; as many as there are, or more: a full batch, which is never shuffled
    shuffle       a new order of the rows every epoch
    seed          of dropout, and of the orders unless `shuffle_seed` is given
    accuracy      whether epochs tell it; None: where the loss is one of classification
    """

    loss: str
    optimizer: Optimizer
    schedule: Schedule
    epochs: int
    batch_size: int
    shuffle: bool = True
    seed: int = 0
    shuffle_seed: int | None = None
    stop: Stop = NEVER
    accuracy: bool | None = None

    @property
    def counts_hits(self) -> bool:
        """Whether accuracy is told."""
        return LOSSES[self.loss].classification if self.accuracy is None else self.accuracy

    @property
    def order_seed(self) -> int:
        """The seed of the rows' orders."""
        return self.seed if self.shuffle_seed is None else self.shuffle_seed
