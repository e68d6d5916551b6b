"""Training by L-BFGS: SciPy's iterations over the full batch, each an epoch, with a safe point after every look."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize

from backprop.nn.calls import Array, Calls
from backprop.nn.choices.optimizers import Lbfgs
from backprop.nn.network import Network
from backprop.nn.training.batches import Examples
from backprop.nn.training.health import Health
from backprop.nn.training.lbfgs.turns import Pause, turns
from backprop.nn.training.recipe import Recipe
from backprop.nn.training.regularization import l2_penalty
from backprop.nn.training.state import Sums
from backprop.nn.training.steps import Live, Steps

MOST_LOOKS: Final = 2**31 - 1  # it is training that knows when to stop


class Iterations:
    """Runs an epoch's iteration, a look at a time; what runs in between is SciPy's, in a thread that `close` ends.

    A look is at parameters of its own: the live ones stay at the last iterate until the next one is found. An epoch's
    figures are those of the iterate that it began from, as in every full batch.
    """

    def __init__(self, network: Network, recipe: Recipe, train: Examples, live: Live) -> None:
        self.exhausted = False
        self._recipe, self._live = recipe, live
        self._looked = replace(live, parameters=live.parameters.copy(), sums=Sums(), position=replace(live.position))
        self._steps = Steps(network, (recipe,), (train,), self._looked)
        self._penalty = l2_penalty(network, recipe.regularization, self._looked.parameters, train.rows)
        self._begun = Sums()  # the last iterate's figures
        self._turns: Generator[None, None, None] | None = None

    @property
    def first(self) -> Calls:
        """The calls of a look."""
        return self._steps.first

    def run_block(self, most: int | None) -> Health | None:
        """Looks once more, or moves where a look has ended the iteration; an iteration's health is not told."""
        del most
        self._turns = self._turns or turns(self._minimize)
        if next(self._turns, self) is self:
            self.exhausted = True
            self._end_epoch()
        return None

    def close(self) -> None:
        """Ends SciPy's thread; the next block begins a minimization anew, from the last iterate."""
        if self._turns is not None:
            self._turns.close()
            self._turns = None

    def _minimize(self, pause: Pause) -> None:
        chosen = self._recipe.optimizer
        assert isinstance(chosen, Lbfgs)  # noqa: S101 - training takes no other here
        count = self._live.gradient.size
        self._begun = Sums()

        def look(w: Array) -> tuple[float, Array]:
            self._looked.parameters[:count] = w
            self._looked.parameters[count:] = self._live.parameters[count:]
            value = self._look()
            pause()
            return value, self._live.gradient.astype(np.float64)

        def move(xk: Array) -> None:
            self._live.parameters[:count] = xk
            self._live.parameters[count:] = self._looked.parameters[count:]
            self._end_epoch()
            self._begun = replace(self._looked.sums)
            pause()

        options: Any = {
            "maxcor": chosen.history_size,
            "maxls": chosen.line_search_steps,
            "gtol": chosen.gradient_tolerance,
            "ftol": chosen.loss_tolerance,
            "maxiter": MOST_LOOKS,
            "maxfun": MOST_LOOKS,
        }
        start = self._live.parameters[:count].astype(np.float64)
        minimize(look, start, jac=True, method="L-BFGS-B", callback=move, options=options)

    def _look(self) -> float:
        sums = self._looked.sums
        sums.copy_from(Sums())
        self._steps.run_block(None)
        if not self._begun.rows:
            self._begun = replace(sums)
        return sums.loss / (sums.weight or sums.rows) + self._penalty()

    def _end_epoch(self) -> None:
        self._live.sums.copy_from(self._begun)
        self._live.position.step += 1
        self._live.position.batch += 1
