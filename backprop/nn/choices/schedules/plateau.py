"""The one schedule that follows how training goes."""

from dataclasses import dataclass

from backprop.nn.choices.parameter import parameter
from backprop.nn.choices.schedules.schedule import MOST_EPOCHS, Memory, Schedule


@dataclass(frozen=True)
class Plateau(Schedule):
    """Multiplied by `factor` when the loss has not fallen for more than `patience` epochs.

    As torch's ReduceLROnPlateau, its metric being the loss on the rows that the stop's monitor is about. A loss has
    fallen when it is below the best by more than a `threshold` of it and by `min_delta`, too (torch has one or the
    other, by threshold_mode). After a reduction `cooldown` epochs pass before waiting counts again. The rate does not
    go below `min_learning_rate`, nor down by `epsilon` or less.
    """

    name = "plateau"
    factor: float = parameter(0.1, above=0.0, below=1.0)
    patience: int = parameter(10, at_least=0, at_most=MOST_EPOCHS)
    threshold: float = parameter(1e-4, at_least=0.0, below=1.0)
    min_delta: float = parameter(0.0, at_least=0.0)
    cooldown: int = parameter(0, at_least=0, at_most=MOST_EPOCHS)
    min_learning_rate: float = parameter(0.0, at_least=0.0)
    epsilon: float = parameter(1e-8, at_least=0.0)

    def heed(self, loss: float, memory: Memory) -> None:
        """Counts the epoch, and reduces the rate where it is one too many."""
        if memory.best is None or loss < memory.best * (1 - self.threshold) - self.min_delta:
            memory.best, memory.waited = loss, 0
        else:
            memory.waited += 1
        if memory.cooling:
            memory.cooling, memory.waited = memory.cooling - 1, 0
        if memory.waited > self.patience:
            memory.cooling, memory.waited = self.cooldown, 0
            self._reduce(memory)

    def _reduce(self, memory: Memory) -> None:
        reduced = max(memory.base * self.factor, self.min_learning_rate)
        if memory.base - reduced > self.epsilon:
            memory.base = reduced
