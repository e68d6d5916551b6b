"""The steps of an epoch: for every batch the whole list of calls from its rows to the new parameters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from backprop.nn.calls import Array, Call, Calls, each, quiet_context, row_sum
from backprop.nn.cost import flops_per_row
from backprop.nn.network import Network
from backprop.nn.passes.layers import Dropout
from backprop.nn.passes.plan import Objective, TrainingPlan
from backprop.nn.randomness import DROPOUT, Stream
from backprop.nn.training.batches import Blocks, Examples, block_batches, fill, places
from backprop.nn.training.health import Examination, Health, examined_epochs
from backprop.nn.training.position import Position
from backprop.nn.training.rates import Pace
from backprop.nn.training.recipe import Recipe
from backprop.nn.training.regularization import clipping, constraint, penalties
from backprop.nn.training.state import Sums
from backprop.nn.training.update import update


@dataclass(frozen=True)
class Live:
    """What every step changes: parameters (P,), gradient and slots (L,), place in training, rate, the epoch's sums."""

    parameters: Array
    gradient: Array
    slots: dict[str, Array]
    position: Position
    rates: Pace
    sums: Sums


class Steps:
    """Runs an epoch's steps, a block of batches at a time: those of one network, or of all in a stack at once."""

    exhausted = False  # there is always a next step

    def __init__(self, network: Network, recipes: Sequence[Recipe], trains: Sequence[Examples], live: Live) -> None:
        """One recipe a network, one Examples a network or one for all; only a stack has a leading axis in `live`."""
        recipe, train = recipes[0], trains[0]
        self._network, self._recipes, self._live = network, recipes, live
        self._rows, self._batch = train.rows, min(recipe.batch_size, train.rows)
        self._whole, tail = divmod(self._rows, self._batch)
        self._quiet = quiet_context()
        self._goal = Objective(recipe.measure, train.weight is not None)
        rates = [live.rates.set] if live.rates.every_step else []
        moved = update(recipe.optimizer, (live.parameters, live.gradient), live.slots, live.position)
        self._update = [*self._each(_clip), *rates, *moved, *self._each(_constrain)]
        self._block = block_batches(train, self._batch, len(recipes) * flops_per_row(network))
        plan = self._plan(self._batch)
        self._looks: dict[int, Examination] = {}
        if recipe.health and len(recipes) == 1:
            look = Examination(network, live.parameters, live.gradient, plan.layers)
            self._looks = {epoch - 1: look for epoch in examined_epochs(recipe.epochs)}
        self._blocks: list[Blocks] = []
        self._tail: Calls = []
        if live.position.batches == 1:  # a full batch is brought in once and for all
            for of_one, examples in zip(self._places(plan, len(trains)), trains, strict=True):
                fill(of_one, examples)
            self._lists = [self._calls(plan, [], fixed=True)]
            return
        self._blocks = _blocks(recipes, trains, self._block * self._batch)
        starts = range(0, self._block * self._batch, self._batch)
        self._lists = [self._calls(plan, self._hand_over(start, plan)) for start in starts]
        if tail:
            last = self._plan(tail)
            self._tail = self._calls(last, self._hand_over(self._whole % self._block * self._batch, last))

    @property
    def first(self) -> Calls:
        """The calls of a block's first step."""
        return self._lists[0]

    def run_block(self, most: int | None) -> Health | None:
        """Runs the next batches of the epoch: a block of them, at most `most`.

        Where the epoch is looked at, its last batch of full size is a block, with the smaller one behind it; what was
        seen is returned.
        """
        look = self._looks.get(self._live.position.epoch)
        if look is not None:
            return self._run_examined(look, most)
        self._quiet.run(self._replay, self._load(most))
        return None

    def close(self) -> None:
        """Lets go of what runs between two blocks: nothing."""

    def _load(self, most: int | None) -> list[Calls]:
        if not self._blocks:
            return self._lists
        position = self._live.position
        place = position.batch % self._block
        start = (position.batch - place) * self._batch
        for blocks in self._blocks:
            blocks.load(position.epoch, start, min(start + self._block * self._batch, self._rows))
        count = min(self._block - place, position.batches - position.batch, most or self._block)
        lists = self._lists[place : place + count]
        if position.batch + count > self._whole:
            lists[-1] = self._tail
        return lists

    def _hand_over(self, start: int, plan: TrainingPlan) -> Calls:
        shared = self._places(plan, len(self._blocks))
        return [
            call
            for blocks, of_one in zip(self._blocks, shared, strict=True)
            for call in blocks.hand_over(start, of_one)
        ]

    def _places(self, plan: TrainingPlan, sources: int) -> list[list[Array]]:
        """A plan's places for rows, by where these come from: all at once, or one network after the other."""
        every = places(plan)
        return [every] if sources == 1 else [[place[number] for place in every] for number in range(sources)]

    def _replay(self, lists: list[Calls]) -> None:
        position = self._live.position
        for calls in lists:
            position.step += 1
            for call in calls:
                call()
            position.batch += 1

    def _run_examined(self, look: Examination, most: int | None) -> Health | None:
        ahead = self._whole - 1 - self._live.position.batch
        if ahead:
            self._quiet.run(self._replay, self._load(min(ahead, most or ahead)))
            return None
        health = self._quiet.run(self._examine, look, self._load(1)[0])
        if self._tail:
            self._quiet.run(self._replay, self._load(1))
        return health

    def _examine(self, look: Examination, calls: Calls) -> Health:
        position, update = self._live.position, len(self._update)
        position.step += 1
        for call in (*calls[:-update], look.before, *calls[-update:]):
            call()
        position.batch += 1
        return look.after()

    def _plan(self, batch: int) -> TrainingPlan:
        network, live = self._network, self._live
        drops = any(layer.dropout for layer in network.layers)
        streams = [Stream(recipe.seed, DROPOUT) for recipe in self._recipes] if drops else []
        dropouts = [
            Dropout(layer.dropout, number, streams, live.position) if layer.dropout else None
            for number, layer in enumerate(network.layers)
        ]
        return TrainingPlan(network, (live.parameters, live.gradient), batch, self._goal, dropouts)

    def _calls(self, plan: TrainingPlan, load: Calls, fixed: bool = False) -> Calls:
        measures = [_add_loss(plan, self._live.sums)]
        if plan.weight is not None:
            measures.append(_add_weight(plan.weight, self._live.sums))
        if counting := self._recipes[0].counting:
            measures.append(_add_hits(counting(plan.output.a, plan.y, fixed), self._live.sums))
        penalized = self._each(partial(_penalize, rows=plan.y.shape[-1]))
        return [*load, *plan.forward, *measures, *plan.backward, *penalized, *self._update]

    def _each(self, bind: Callable[[Network, Recipe, Array, Array], Calls]) -> Calls:
        """The calls that `bind` makes of each network's recipe, parameters and gradient."""
        live = self._live
        networks = zip(self._recipes, each(live.parameters), each(live.gradient), strict=True)
        return [call for recipe, flat, gradient in networks for call in bind(self._network, recipe, flat, gradient)]


def _penalize(network: Network, recipe: Recipe, flat: Array, gradient: Array, rows: int) -> Calls:
    return penalties(network, recipe.regularization, (flat, gradient), rows)


def _clip(network: Network, recipe: Recipe, flat: Array, gradient: Array) -> Calls:
    del network, flat
    return clipping(recipe.regularization, gradient)


def _constrain(network: Network, recipe: Recipe, flat: Array, gradient: Array) -> Calls:
    del gradient
    return constraint(network, recipe.regularization, flat)


def _blocks(recipes: Sequence[Recipe], trains: Sequence[Examples], rows: int) -> list[Blocks]:
    """Where each network's rows come from: one for all where they share rows and orders."""
    seeds = [recipe.order_seed if recipe.shuffle else None for recipe in recipes]
    if len(trains) == 1 and len(set(seeds)) == 1:
        return [Blocks(trains[0], rows, seeds[0])]
    sources = trains if len(trains) == len(seeds) else [*trains] * len(seeds)
    return [Blocks(examples, rows, seed) for examples, seed in zip(sources, seeds, strict=True)]


def _add_loss(plan: TrainingPlan, sums: Sums) -> Call:
    loss, batch = plan.loss, plan.y.shape[-1]

    def add() -> None:
        sums.loss += loss()
        sums.rows += batch

    return add


def _add_weight(weight: Array, sums: Sums) -> Call:
    total = row_sum(weight)

    def add() -> None:
        sums.weight += total()

    return add


def _add_hits(count: Callable[[], int], sums: Sums) -> Call:
    def add() -> None:
        sums.hits += count()

    return add
