"""The steps of an epoch: for every batch the whole list of calls from its rows to the new parameters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backprop.nn.calls import Array, Call, Calls, quiet_context
from backprop.nn.choices.optimizers import OPTIMIZER_CHUNK, Chunk
from backprop.nn.cost import flops_per_row
from backprop.nn.network import Network
from backprop.nn.passes.accuracy import hits
from backprop.nn.passes.layers import Dropout
from backprop.nn.passes.plan import Objective, TrainingPlan
from backprop.nn.randomness import DROPOUT, Stream
from backprop.nn.training.batches import Blocks, Examples, block_batches, fill
from backprop.nn.training.position import Position
from backprop.nn.training.rates import Rates
from backprop.nn.training.recipe import Recipe
from backprop.nn.training.regularization import clipping, constraint, penalties
from backprop.nn.training.state import Sums


@dataclass(frozen=True)
class Live:
    """What every step changes: parameters (P,), gradient and slots (L,), place in training, rate, the epoch's sums."""

    parameters: Array
    gradient: Array
    slots: dict[str, Array]
    position: Position
    rates: Rates
    sums: Sums


class Steps:
    """Runs an epoch's steps, a block of batches at a time."""

    def __init__(self, network: Network, recipe: Recipe, train: Examples, live: Live) -> None:
        self._network, self._recipe, self._live = network, recipe, live
        self._rows, self._batch = train.rows, min(recipe.batch_size, train.rows)
        self._whole, tail = divmod(self._rows, self._batch)
        self.batches = self._whole + bool(tail)
        self._quiet = quiet_context()
        self._goal = Objective(recipe.measure, train.weight is not None)
        chosen = recipe.regularization
        after = constraint(network, chosen, live.parameters)
        self._update = [*clipping(chosen, live.gradient), *_update(recipe, live), *after]
        self._block = block_batches(train, self._batch, flops_per_row(network))
        plan = self._plan(self._batch)
        if self.batches == 1:  # a full batch is brought in once and for all
            fill(plan, train)
            self._lists = [self._calls(plan, [], fixed=True)]
            self._blocks = None
            return
        self._blocks = Blocks(train, self._block * self._batch, recipe.order_seed if recipe.shuffle else None)
        starts = range(0, self._block * self._batch, self._batch)
        self._lists = [self._calls(plan, self._blocks.hand_over(start, plan)) for start in starts]
        if tail:
            last = self._plan(tail)
            self._tail = self._calls(last, self._blocks.hand_over(0, last))

    def run_block(self, most: int | None) -> None:
        """Runs the next batches of the epoch: a block of them, at most `most`."""
        self._quiet.run(self._replay, self._load(most))

    def _load(self, most: int | None) -> list[Calls]:
        if not self._blocks:
            return self._lists
        epoch, first = self._live.position.epoch, self._live.position.batch
        if first == self._whole:
            self._blocks.load(epoch, self._whole * self._batch, self._rows)
            return [self._tail]
        count = min(self._block, self._whole - first, most or self._block)
        self._blocks.load(epoch, first * self._batch, (first + count) * self._batch)
        return self._lists[:count]

    def _replay(self, lists: list[Calls]) -> None:
        position = self._live.position
        for calls in lists:
            position.step += 1
            for call in calls:
                call()
            position.batch += 1

    def _plan(self, batch: int) -> TrainingPlan:
        network, live = self._network, self._live
        stream = Stream(self._recipe.seed, DROPOUT)
        dropouts = [
            Dropout(layer.dropout, number, stream, live.position) if layer.dropout else None
            for number, layer in enumerate(network.layers)
        ]
        return TrainingPlan(network, (live.parameters, live.gradient), batch, self._goal, dropouts)

    def _calls(self, plan: TrainingPlan, load: Calls, fixed: bool = False) -> Calls:
        measures = [_add_loss(plan, self._live.sums)]
        if plan.weight is not None:
            measures.append(_add_weight(plan.weight, self._live.sums))
        if self._recipe.counts_hits:
            measures.append(_add_hits(hits(plan.output.a, plan.y, fixed), self._live.sums))
        live, rows = self._live, plan.y.shape[-1]
        penalized = penalties(self._network, self._recipe.regularization, (live.parameters, live.gradient), rows)
        return [*load, *plan.forward, *measures, *plan.backward, *penalized, *self._update]


def _add_loss(plan: TrainingPlan, sums: Sums) -> Call:
    loss, batch = plan.loss, plan.y.shape[-1]

    def add() -> None:
        sums.loss += loss()
        sums.rows += batch

    return add


def _add_weight(weight: Array, sums: Sums) -> Call:
    def add() -> None:
        sums.weight += float(np.add.reduce(weight))

    return add


def _add_hits(count: Callable[[], int], sums: Sums) -> Call:
    def add() -> None:
        sums.hits += count()

    return add


def _update(recipe: Recipe, live: Live) -> Calls:
    """The weight update: the optimizer's calls, chunk by chunk, at the schedule's learning rate."""
    calls: Calls = [live.rates.set] if live.rates.every_step else []
    scratch = np.empty(min(OPTIMIZER_CHUNK, live.gradient.size), live.gradient.dtype)
    for start in range(0, live.gradient.size, OPTIMIZER_CHUNK):
        piece = slice(start, start + OPTIMIZER_CHUNK)
        g = live.gradient[piece]
        w = live.parameters[start : start + g.size]
        slots = {name: slot[piece] for name, slot in live.slots.items()}
        calls += recipe.optimizer.plan(Chunk(w, g, scratch[: w.size], slots), live.position)
    return calls
