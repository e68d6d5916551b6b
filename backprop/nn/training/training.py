"""Training: epochs of batches, as a generator over a state that can be saved at any batch and continued bit for bit."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from backprop.nn.calls import Array, Calls, scalar
from backprop.nn.choices.optimizers import Lbfgs
from backprop.nn.choices.schedules import Memory
from backprop.nn.evaluation import Evaluation
from backprop.nn.network import Network, initial_parameters
from backprop.nn.training.batches import Examples
from backprop.nn.training.epoch import Epoch
from backprop.nn.training.health import Health
from backprop.nn.training.lbfgs.iterations import Iterations
from backprop.nn.training.position import Position
from backprop.nn.training.rates import Rates
from backprop.nn.training.recipe import Recipe
from backprop.nn.training.state import State, Sums, finite
from backprop.nn.training.steps import Live, Steps
from backprop.nn.training.stopping import Watch


class Training:
    """The training of one network by one recipe.

    It begins from `state` where that is given (a training of the same network, recipe and examples then goes on to the
    same bits as if it had never been interrupted), else from `parameters` (P,), else from initial_parameters(seed).
    """

    def __init__(  # noqa: PLR0913 - what, how, on what; the last two say from where and exclude each other
        self,
        network: Network,
        recipe: Recipe,
        train: Examples,
        validation: Examples | None = None,
        *,
        state: State | None = None,
        parameters: Array | None = None,
    ) -> None:
        self.network, self.recipe = network, recipe
        if state is None:
            state = first_state(network, recipe, parameters)
        self.stop_reason = state.stop_reason
        self._train_rows = train.rows
        self._sums, self._watch = replace(state.sums), replace(state.watch)
        self._best = None if state.best is None else state.best.copy()
        batches = -(-train.rows // min(recipe.batch_size, train.rows))
        self._position = Position(batches, recipe.epochs, state.epoch, state.batch, state.step, rows=train.rows)
        self._rates = Rates(recipe.schedule, replace(state.memory), self._position)
        flat = state.parameters.copy()
        slots = {name: slot.copy() for name, slot in state.slots.items()}
        gradient = np.zeros(network.learned_count, flat.dtype)
        self.live = Live(flat, gradient, slots, self._position, self._rates, self._sums)
        self._train, self._exhausted = train, False
        self._tells_accuracy = recipe.counting is not None
        self._validation = validation and Evaluation(network, flat, validation, recipe.measure, recipe.counting)
        self._finite = finite(flat)

    @cached_property
    def _steps(self) -> Steps | Iterations:
        if isinstance(self.recipe.optimizer, Lbfgs):
            return Iterations(self.network, self.recipe, self._train, self.live)
        return Steps(self.network, (self.recipe,), (self._train,), self.live)

    @property
    def parameters(self) -> Array:
        """The live flat vector (P,), after the end the final or restored one. Copy it to keep it."""
        return self.live.parameters

    @property
    def position(self) -> Position:
        """Where training stands; to be read only."""
        return self._position

    @property
    def kept_epoch(self) -> int:
        """After how many epochs the parameters were as they are: before the last, where the best were restored."""
        restored = self.stop_reason is not None and self.recipe.stop.restores and self._best is not None
        return self._watch.best_epoch if restored else self._position.epoch

    @property
    def samples_seen(self) -> int:
        """Rows trained on so far, counted again in every epoch."""
        return self._position.epoch * self._train_rows + self._sums.rows

    def epochs(self) -> Iterator[Epoch]:
        """Trains, and yields each epoch's record."""
        return (epoch for epoch in self.steps() if epoch is not None)

    def steps(self, most: int | None = None) -> Iterator[Epoch | None]:
        """Trains, and yields an epoch's record when one ends, and None at safe points in between.

        Those are some milliseconds apart (at least one batch; with `most`, at most that many batches, and one more at
        the end of an epoch that is looked at). At any yield the caller may take `state()`, call `stop()`, or never come
        back.
        """
        if self.stop_reason is not None:
            return
        try:
            while self.stop_reason is None:
                yield self._advance(most)
        finally:
            self._steps.close()

    def stop(self, reason: str) -> None:
        """Ends training now, as if its last epoch were done; does nothing after the end."""
        if self.stop_reason is None:
            self.stop_reason = reason
            if self.recipe.stop.restores and self._best is not None:
                self.parameters[...] = self._best

    def state(self) -> State:
        """A copy of all that the rest of training depends on."""
        position = self._position
        return State(
            parameters=self.parameters.copy(),
            slots={name: slot.copy() for name, slot in self.live.slots.items()},
            best=None if self._best is None else self._best.copy(),
            epoch=position.epoch,
            batch=position.batch,
            step=position.step,
            sums=replace(self._sums),
            watch=replace(self._watch),
            memory=replace(self._rates.memory),
            stop_reason=self.stop_reason,
        )

    def step_calls(self) -> Calls:
        """The calls of an epoch's first step, bound to their arrays: to be looked at and timed; running them trains."""
        return self._steps.first

    def adopt(self, parameters: Array, sums: Sums, step: int) -> Epoch:
        """Takes over the parameters (P,) and sums of an epoch trained elsewhere, which ended with `step`."""
        self.parameters[...] = parameters
        self._sums.copy_from(sums)
        self._position.batch, self._position.step = self._position.batches, step
        return self._end_epoch()

    def catch_up(self, parameters: Array, slots: Mapping[str, Array], sums: Sums, position: Position) -> None:
        """Takes over where, within an epoch, the same training stands elsewhere; it can then be saved, not trained."""
        self.parameters[...] = parameters
        self.take_slots(slots)
        self._sums.copy_from(sums)
        self._position.batch, self._position.step = position.batch, position.step

    def take_slots(self, slots: Mapping[str, Array]) -> None:
        """Takes over the optimizer's slots, (L,) each, of the same training elsewhere."""
        for name, slot in slots.items():
            self.live.slots[name][...] = slot

    def _advance(self, most: int | None) -> Epoch | None:
        position = self._position
        health = self._steps.run_block(most)
        self._exhausted = self._steps.exhausted
        return None if position.batch < position.batches else self._end_epoch(health)

    def _end_epoch(self, health: Health | None = None) -> Epoch:
        sums, position = self._sums, self._position
        accuracy = sums.hits / sums.rows if self._tells_accuracy else None
        held_out = self._validation.measure() if self._validation else (None, None)
        number, loss = position.epoch + 1, sums.loss / (sums.weight or sums.rows)
        epoch = Epoch(number, loss, accuracy, held_out[0], held_out[1], position.learning_rate, health)
        position.epoch, position.batch = position.epoch + 1, 0
        sums.loss, sums.hits, sums.rows, sums.weight = 0.0, 0, 0, 0.0
        self._judge(epoch)
        if self._rates.varies:
            self._rates.end_epoch(self.recipe.stop.loss(epoch))
        return epoch

    def _judge(self, epoch: Epoch) -> None:
        """Keeps the best parameters, and ends training where a stop says so."""
        stop = self.recipe.stop
        # A NaN in a layer may hide behind the next one, so the parameters are looked at too.
        if not (math.isfinite(epoch.loss + (epoch.validation_loss or 0.0)) and self._finite()):
            self.stop("diverged")
            return
        improved = stop.patience is not None and self._watch.improves(stop, epoch)
        if improved and stop.restore_best:
            self._best = self.parameters.copy()
        if stop.loss_below is not None and epoch.loss < stop.loss_below:
            self.stop("loss_below")
        elif stop.patience is not None and not improved and self._watch.waited >= stop.patience:
            self.stop("patience")
        elif self._exhausted:
            self.stop("converged")
        elif self._position.epoch >= self.recipe.epochs:
            self.stop("epochs")


def first_state(network: Network, recipe: Recipe, parameters: Array | None = None) -> State:
    """Where a training begins: with `parameters` (P,), else with initial_parameters(seed)."""
    flat = initial_parameters(network, recipe.seed) if parameters is None else parameters
    slots = {
        name: np.full_like(flat, scalar(start, flat), shape=network.learned_count)
        for name, start in recipe.optimizer.slots.items()
    }
    return State(flat, slots, None, 0, 0, 0, Sums(), Watch(), Memory(recipe.optimizer.learning_rate), None)
