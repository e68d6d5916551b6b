"""Evaluation: the mean loss, and the accuracy, of a network over rows that it is not being trained on."""

import numpy as np

from backprop.nn.calls import Array, Call, quiet_context
from backprop.nn.choices.losses import LOSSES, Loss
from backprop.nn.network import Network
from backprop.nn.passes.accuracy import Counting, hits
from backprop.nn.passes.plan import ForwardPlan
from backprop.nn.training.batches import Examples


class Evaluation:
    """Measures live parameters over `examples`, a chunk of rows at a time."""

    def __init__(
        self, network: Network, flat: Array, examples: Examples, loss: Loss, counting: Counting | None
    ) -> None:
        self._examples, self._counts_hits = examples, counting is not None
        self._x, self._y = np.asarray(examples.x), np.asarray(examples.y)
        self._quiet = quiet_context()
        size = min(examples.rows, chunk_rows(network))
        whole, tail = divmod(examples.rows, size)
        plans = {rows: _Measure(network, flat, rows, loss, counting or hits) for rows in (size, tail) if rows}
        self._chunks = [(start * size, plans[size]) for start in range(whole)]
        if tail:
            self._chunks.append((whole * size, plans[tail]))

    def measure(self) -> tuple[float, float | None]:
        """The mean loss, and the accuracy or None."""
        return self._quiet.run(self._measure)

    def _measure(self) -> tuple[float, float | None]:
        loss, right = 0.0, 0
        for start, chunk in self._chunks:
            chunk.run(self._x[start : start + chunk.rows], self._y[start : start + chunk.rows])
            loss += chunk.loss()
            right += chunk.hits() if self._counts_hits else 0
        rows = self._examples.rows
        return loss / rows, right / rows if self._counts_hits else None


class _Measure:
    """A forward plan for a chunk's rows, with the loss and the hits at its end."""

    def __init__(self, network: Network, flat: Array, rows: int, loss: Loss, counting: Counting) -> None:
        plan = ForwardPlan(network, flat, (rows,))
        self.rows, self._plan, self._y = rows, plan, np.zeros_like(plan.output.a)
        self.loss = loss.total(plan.output, self._y)
        self.hits = counting(plan.output.a, self._y)

    def run(self, x: Array, y: Array) -> None:
        """Feeds the chunk forward."""
        np.copyto(self._plan.x, x.T)
        np.copyto(self._y, y.T)
        call: Call
        for call in self._plan.forward:
            call()


def chunk_rows(network: Network) -> int:
    """Rows fed forward at a time: enough for BLAS, few enough for the cache."""
    widest = max(network.inputs, *(layer.units for layer in network.layers))
    return min(1024, max(64, 2**16 // widest // 8 * 8))


def evaluate(network: Network, parameters: Array, examples: Examples, loss: Loss | str) -> float:
    """The mean loss over `examples`, in memory that does not grow with their number."""
    measure = LOSSES[loss]() if isinstance(loss, str) else loss
    return Evaluation(network, parameters, examples, measure, counting=None).measure()[0]
