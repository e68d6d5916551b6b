"""L-BFGS: the one optimizer here that looks at all rows at once and along a line, and is SciPy's own."""

from dataclasses import dataclass
from typing import Final

from backprop.nn.calls import Calls
from backprop.nn.choices.optimizers.optimizer import Chunk, Optimizer
from backprop.nn.choices.parameter import parameter
from backprop.nn.training.position import Position

MOST_STEPS: Final = 1000


@dataclass(frozen=True)
class Lbfgs(Optimizer):
    """L-BFGS-B without bounds (Byrd et al. 1995), as scipy.optimize.minimize has it; the defaults are SciPy's.

    It wants one smooth loss, the same at every look: a full batch, a constant schedule, no dropout, no l1, clipping or
    max_norm. An epoch is an iteration: a direction from the last `history_size` gradients, and a search along it of at
    most `line_search_steps` looks. Training has converged where no entry of the gradient is beyond
    `gradient_tolerance`, an iteration lowers the loss by less than `loss_tolerance` of it, or none can.

    What it remembers of past gradients is not saved: after an interruption it goes on from its last iterate, as the
    only optimizer not to the same bits.
    """

    name = "lbfgs"
    learning_rate = 1.0  # of the direction, which has its length
    history_size: int = parameter(10, at_least=1, at_most=100)
    line_search_steps: int = parameter(20, at_least=1, at_most=MOST_STEPS)
    gradient_tolerance: float = parameter(1e-5, at_least=0.0)
    loss_tolerance: float = parameter(2.220446049250313e-09, at_least=0.0, at_most=1.0)

    def plan(self, chunk: Chunk, position: Position) -> Calls:
        """Nothing: from one look to the next it moves by itself."""
        del chunk, position
        return []

    def workspace_bytes(self, count: int) -> int:
        """SciPy's own arrays in float64: two vectors for every gradient remembered, and about twenty more."""
        history = self.history_size
        return 8 * (2 * history + 20) * count + 8 * (11 * history + 8) * history
