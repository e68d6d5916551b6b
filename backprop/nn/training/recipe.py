"""How a network is trained."""

from dataclasses import dataclass
from typing import Final

from backprop.nn.choices.losses import LOSSES, Loss
from backprop.nn.choices.optimizers import Adam, Optimizer
from backprop.nn.choices.schedules import Constant, Schedule
from backprop.nn.passes.accuracy import Counting, hits, label_hits
from backprop.nn.training.regularization import NONE, Regularization
from backprop.nn.training.stopping import NEVER, Stop

ADAM: Final = Adam()
CONSTANT: Final = Constant()


@dataclass(frozen=True)
class Recipe:
    """The loss (by name: with its defaults), the optimizer, its learning rate's course, and how the rows come.

    batch_size    rows a step; as many as there are, or more: a full batch, which is never shuffled
    shuffle       a new order of the rows every epoch
    seed          of dropout, and of the orders unless `shuffle_seed` is given
    accuracy      whether epochs tell it; None: where the loss is one of classification
    labels        whether each output is a label of its own, all of which accuracy wants right
    health        whether some epochs tell it (see `examined_epochs`); L-BFGS and stacks have none
    """

    loss: Loss | str
    optimizer: Optimizer = ADAM
    schedule: Schedule = CONSTANT
    epochs: int = 200
    batch_size: int = 32
    shuffle: bool = True
    seed: int = 0
    shuffle_seed: int | None = None
    regularization: Regularization = NONE
    stop: Stop = NEVER
    accuracy: bool | None = None
    labels: bool = False
    health: bool = False

    @property
    def counting(self) -> Counting | None:
        """What counts the samples that are right; None where accuracy is not told."""
        told = self.measure.classification if self.accuracy is None else self.accuracy
        return (label_hits if self.labels else hits) if told else None

    @property
    def measure(self) -> Loss:
        """The loss function."""
        return LOSSES[self.loss]() if isinstance(self.loss, str) else self.loss

    @property
    def order_seed(self) -> int:
        """The seed of the rows' orders."""
        return self.seed if self.shuffle_seed is None else self.shuffle_seed
