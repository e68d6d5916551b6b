"""Stacks: networks of one shape trained side by side, each call doing the work of all, each ending in its own bits.

A small network's step costs mostly the calls themselves; with a leading axis of networks one call serves them all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from backprop.nn.calls import Array
from backprop.nn.choices.optimizers import Stepwise
from backprop.nn.network import Network
from backprop.nn.training.batches import Examples
from backprop.nn.training.epoch import Epoch
from backprop.nn.training.position import Position
from backprop.nn.training.recipe import Recipe
from backprop.nn.training.state import State, Sums
from backprop.nn.training.steps import Live, Steps
from backprop.nn.training.training import Training

# What all networks of a stack touch in a step should stay in the second-level cache.
CACHE_BYTES: Final = 2**20


def stack_size(network: Network, batch_size: int) -> int:
    """How many networks to train side by side; one, where a network alone fills the cache and company gains nothing."""
    rows = network.inputs + 6 * sum(layer.units for layer in network.layers)
    of_one = np.dtype(network.dtype).itemsize * (4 * network.parameter_count + rows * batch_size)
    return int(max(1, CACHE_BYTES // of_one))


class Stack:
    """The training of networks of one shape, each to the bits that it would come to alone.

    The recipes may differ in learning rate, schedule, regularization, seeds and stops; ValueError names what else does.
    `trains` is one Examples a network, of as many rows each, or a single one for all; `validations` likewise, or empty.
    A network whose training has ended leaves the stack. Each network's end is in `trainings`, in the recipes' order.
    `states`, one a network, are where they go on from: as `states()` once gave them, or as they would be alone; those
    that have not ended are then at the same batch.
    """

    def __init__(
        self,
        network: Network,
        recipes: Sequence[Recipe],
        trains: Sequence[Examples],
        validations: Sequence[Examples] = (),
        states: Sequence[State] = (),
    ) -> None:
        _check(recipes, trains, validations, states)
        self.trainings = [
            Training(
                network,
                recipe,
                _of(trains, number),
                _of(validations, number) if validations else None,
                state=states[number] if states else None,
            )
            for number, recipe in enumerate(recipes)
        ]
        self._network, self._trains = network, trains
        self._running = [number for number, training in enumerate(self.trainings) if training.stop_reason is None]
        lives = [self.trainings[number].live for number in self._running]
        if lives:
            slots = {name: np.stack([live.slots[name] for live in lives]) for name in lives[0].slots}
            self._bind(np.stack([live.parameters for live in lives]), slots, replace(lives[0].position))
            _join(self._live.sums, [live.sums for live in lives])

    @property
    def position(self) -> Position:
        """Where those stand that have not ended; to be read only."""
        return self._live.position

    def epochs(self) -> Iterator[dict[int, Epoch]]:
        """Trains, and yields each epoch's records of those that were still training, by the recipe's number."""
        return (records for records in self.steps() if records)

    def steps(self, most: int | None = None) -> Iterator[dict[int, Epoch]]:
        """Trains, and yields an epoch's records when one ends, and none at safe points in between.

        With `most` these are at most so many batches apart. At any yield the caller may take `states()`, or never come
        back.
        """
        while self._running:
            self._steps.run_block(most)
            position = self._live.position
            yield {} if position.batch < position.batches else self._end_epoch()

    def states(self) -> list[State]:
        """Where each network stands, in the recipes' order; one alone, or a stack of them, goes on from there."""
        if self._running:
            live, sums = self._live, self._sums()
            for row, number in enumerate(self._running):
                slots = {name: slot[row] for name, slot in live.slots.items()}
                self.trainings[number].catch_up(live.parameters[row], slots, sums[row], live.position)
        return [training.state() for training in self.trainings]

    def _sums(self) -> list[Sums]:
        columns = _each_of(self._live.sums, len(self._running))
        return [Sums(*numbers) for numbers in zip(*columns, strict=True)]

    def _end_epoch(self) -> dict[int, Epoch]:
        live, position, sums = self._live, self._live.position, self._sums()
        records = {
            number: self.trainings[number].adopt(live.parameters[row], sums[row], position.step)
            for row, number in enumerate(self._running)
        }
        position.epoch, position.batch = position.epoch + 1, 0
        self._go_on()
        return records

    def _go_on(self) -> None:
        """Lets the networks go whose training has ended, and sets the next epoch's rates."""
        live = self._live
        trainings = [self.trainings[number] for number in self._running]
        kept = [row for row, training in enumerate(trainings) if training.stop_reason is None]
        if len(kept) == len(self._running):
            _clear(live.sums)
            self._rates.gather()
            return
        for row in {*range(len(trainings))} - {*kept}:
            trainings[row].take_slots({name: slot[row] for name, slot in live.slots.items()})
        self._running = [self._running[row] for row in kept]
        if kept:
            self._bind(live.parameters[kept], {name: slot[kept] for name, slot in live.slots.items()}, live.position)

    def _bind(self, parameters: Array, slots: dict[str, Array], position: Position) -> None:
        """Plans the steps of the networks that are running, on arrays (networks, ...)."""
        running = [self.trainings[number] for number in self._running]
        trains = self._trains if len(self._trains) == 1 else [self._trains[number] for number in self._running]
        gradient = np.zeros((len(running), self._network.learned_count), parameters.dtype)
        sums = Sums()
        _clear(sums)
        self._rates = StackRates([training.live for training in running], position)
        self._live = Live(parameters, gradient, slots, position, self._rates, sums)
        self._steps = Steps(self._network, [training.recipe for training in running], trains, self._live)


class StackRates:
    """The learning rates of a stack, (networks,) float64 in its position, each as the network's own schedule has it."""

    def __init__(self, lives: Sequence[Live], position: Position) -> None:
        self._lives, self._position = lives, position
        self.every_step = any(live.rates.every_step for live in lives)
        self.gather()

    def set(self) -> None:
        """Sets the rates of the step that begins."""
        at = self._position
        for live in self._lives:
            live.position.step, live.position.batch = at.step, at.batch
            if live.rates.every_step:
                live.rates.set()
        self.gather()

    def gather(self) -> None:
        """Brings together what the networks' own positions say."""
        self._position.learning_rate = np.array([live.position.learning_rate for live in self._lives])


def _clear(sums: Sums) -> None:
    """Starts an epoch; the first batch makes arrays (networks,) of the numbers that differ from network to network."""
    sums.loss, sums.hits, sums.rows, sums.weight = 0.0, 0, 0, 0.0


def _join(stacked: Sums, sums: Sequence[Sums]) -> None:
    """Has a stack go on from its networks' sums; they have seen equally many rows."""
    columns: dict[str, Any] = {name: np.array([getattr(each, name) for each in sums]) for name in Sums.__slots__}
    stacked.copy_from(Sums(**columns | {"rows": sums[0].rows}))


def _each_of(sums: Sums, networks: int) -> list[list[Any]]:
    return [np.broadcast_to(of_all, networks).tolist() for of_all in (sums.loss, sums.hits, sums.rows, sums.weight)]


def _of(examples: Sequence[Examples], number: int) -> Examples:
    return examples[number] if len(examples) > 1 else examples[0]


def _check(
    recipes: Sequence[Recipe], trains: Sequence[Examples], validations: Sequence[Examples], states: Sequence[State]
) -> None:
    for name, given in (("trains", trains), ("validations", validations)):
        if len(given) not in ((1, len(recipes)) if name == "trains" else (0, 1, len(recipes))):
            raise ValueError(f"{name} takes one Examples, or one a recipe, not {len(given)} for {len(recipes)}")
    if len({examples.rows for examples in trains}) > 1:
        raise ValueError("networks of a stack train on equally many rows")
    if len({(state.epoch, state.batch) for state in states if state.stop_reason is None}) > 1:
        raise ValueError("networks of a stack go on from the same batch")
    for field in ("loss", "epochs", "batch_size", "shuffle", "accuracy"):
        if len({getattr(recipe, field) for recipe in recipes}) > 1:
            raise ValueError(f"networks of a stack have the same {field}")
    optimizers = [recipe.optimizer for recipe in recipes if isinstance(recipe.optimizer, Stepwise)]
    if len(optimizers) < len(recipes):
        raise ValueError("lbfgs looks for each network's steps by themselves: it cannot be stacked")
    if len({replace(optimizer, learning_rate=1.0) for optimizer in optimizers}) > 1:
        raise ValueError("networks of a stack have the same optimizer but for its learning rate")
