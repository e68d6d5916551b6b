"""What MLPClassifier and MLPRegressor share: the way from rows to a trained network, and what is left of it."""

import math
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import ThreadpoolController

from backprop.estimators.assembly import Goal, is_whole, network_of, recipe_of, slows_down, start_of
from backprop.estimators.checking import check
from backprop.estimators.parameters import Parameters
from backprop.nn import Epoch, Examples, Predictor, Training, flops_per_row, named_parameters

Array = NDArray[Any]
MANY_THREADS_FLOPS: Final = 1e9
SLOWEST: Final = 1e-6


@dataclass(eq=False, repr=False)
class MLP(Parameters):
    """A multi-layer perceptron by scikit-learn's contract.

    Fitted, it has, beside scikit-learn's n_features_in_ and feature_names_in_:

    n_iter_                  epochs trained
    loss_curve_              each epoch's mean loss, without penalties; a warm start and partial_fit go on with it
    loss_, best_loss_        its last entry, and the least
    validation_loss_curve_   each epoch's loss on the rows held out; None without early_stopping
    network_                 the engine's Network
    """

    @property
    def coefs_(self) -> list[Array]:
        """Each layer's weights (inputs, units); to be read only."""
        return self._views("w")

    @property
    def intercepts_(self) -> list[Array]:
        """Each layer's biases (units,); to be read only."""
        return self._views("b")

    @property
    def n_layers_(self) -> int:
        """Layers, the inputs being the first."""
        return len(self.network_.layers) + 1

    @property
    def n_outputs_(self) -> int:
        """Units of the output layer."""
        return self.network_.outputs

    @property
    def out_activation_(self) -> str:
        """The output layer's activation, by its name in ACTIVATIONS."""
        return self.network_.layers[-1].f.name

    def _views(self, letter: str) -> list[Array]:
        named = named_parameters(self.network_, self._state.parameters)
        views = [named[f"{letter}{number}"] for number in range(1, self.n_layers_)]
        for view in views:
            view.flags.writeable = False
        return views

    @property
    def _is_fitted(self) -> bool:
        return hasattr(self, "network_")

    @property
    def _warm(self) -> bool:
        return self.warm_start and self._is_fitted

    def _checked(self, X: Any, y: Any, *, first: bool, numeric: bool = False) -> tuple[Array, Array]:
        """Return rows in the dtype to compute in, and targets as they are; ValueError where they are no such things."""
        check(self)
        dtype: Any = (self.dtype or [np.float64, np.float32]) if first else self.network_.dtype
        x, y = validate_data(self, X, y, dtype=dtype, order="C", multi_output=True, y_numeric=numeric, reset=first)
        return x, y

    def _outputs(self, X: Any) -> Array:
        """Return the output layer's activations (rows, outputs)."""
        check_is_fitted(self)
        return self._predictor.outputs(validate_data(self, X, dtype=self.network_.dtype, order="C", reset=False))

    def _fit(self, examples: Examples, goal: Goal) -> Self:
        """Train from the beginning, or with warm_start from the weights that are there."""
        seed, network = self._seed(), network_of(self, goal, examples)
        if self._warm and network != self.network_:
            raise ValueError("warm_start goes on with the last network, and this is another one")
        start = self._state.parameters if self._warm else start_of(self, network, seed)
        train, held_out = self._hold_out(examples, goal, seed)
        training = Training(network, recipe_of(self, goal, train, seed), train, held_out, parameters=start)
        with _few_threads(training):
            epochs = [*self._until_no_change(training)]
        if training.stop_reason == "epochs" and not math.isinf(self.n_iter_no_change):
            message = f"training ended after max_iter = {self.max_iter} epochs, and the loss still changed"
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return self._keep(training, epochs, anew=not self._warm)

    def _fit_once(self, examples: Examples, goal: Goal) -> Self:
        """Train one epoch, going on from all that the last call has left."""
        if self.early_stopping:
            raise ValueError("partial_fit holds no rows out: early_stopping must be False")
        if is_whole(self):
            raise ValueError("partial_fit goes step by step, and lbfgs does not: take another solver")
        seed, begun = self._seed(), self._is_fitted
        network = self.network_ if begun else network_of(self, goal, examples)
        if examples.y.shape[1] != network.outputs:
            raise ValueError(f"y has {examples.y.shape[1]} columns, and had {network.outputs} before")
        state = replace(self._state, best=None, stop_reason=None) if begun else None
        start = start_of(self, network, seed) if state is None else state.parameters
        recipe = recipe_of(self, goal, examples, seed)
        if state is not None:
            recipe = replace(recipe, epochs=max(recipe.epochs, state.epoch + 1))
            if recipe.optimizer.slots.keys() != state.slots.keys():  # another solver
                state = None
        training = Training(network, recipe, examples, state=state, parameters=start)
        with _few_threads(training):
            epoch = self._told(next(training.epochs()))
        return self._keep(training, [epoch], anew=not begun)

    def _until_no_change(self, training: Training) -> Iterator[Epoch]:
        """Yield epochs, and end training by scikit-learn's rule, which counts every epoch that falls by less than tol.

        The engine's own patience lets small steps add up to a change.
        """
        best, unchanged = math.inf, 0
        for epoch in training.epochs():
            yield self._told(epoch)
            if is_whole(self) and epoch.validation_loss is None:
                continue  # it tells by itself when it has converged
            loss = epoch.loss + _penalty(training) if epoch.validation_loss is None else epoch.validation_loss
            unchanged = unchanged + 1 if loss > best - self.tol else 0
            best = min(best, loss)
            may_slow_down = slows_down(self) and epoch.learning_rate > SLOWEST
            if unchanged > self.n_iter_no_change and not may_slow_down:
                training.stop("patience")

    def _hold_out(self, examples: Examples, goal: Goal, seed: int) -> tuple[Examples, Examples | None]:
        """Return the rows to learn from, and with early_stopping others to stop by."""
        if not self.early_stopping:
            return examples, None
        y = examples.y
        strata = None if not goal.one_class else y.argmax(1) if y.shape[1] > 1 else y[:, 0]
        kept, held = train_test_split(
            np.arange(len(y)), test_size=self.validation_fraction, random_state=seed, stratify=strata
        )
        weight = None if examples.weight is None else examples.weight[kept]
        return Examples(examples.x[kept], y[kept], weight), Examples(examples.x[held], y[held])

    def _keep(self, training: Training, epochs: list[Epoch], *, anew: bool) -> Self:
        if training.stop_reason == "diverged":
            raise ValueError("training diverged: take a smaller learning_rate_init, or scale the rows")
        self.network_, self._state = training.network, training.state()
        self._predictor = Predictor(self.network_, self._state.parameters)
        self.n_iter_ = self._state.epoch
        losses = [epoch.loss for epoch in epochs]
        self.loss_curve_: list[float] = losses if anew else self.loss_curve_ + losses
        self.loss_, self.best_loss_ = self.loss_curve_[-1], min(self.loss_curve_)
        held_out = [epoch.validation_loss for epoch in epochs if epoch.validation_loss is not None]
        self.validation_loss_curve_ = held_out or None
        return self

    def _told(self, epoch: Epoch) -> Epoch:
        if self.verbose:
            print(f"Iteration {epoch.epoch}, loss = {epoch.loss:.8f}")  # noqa: T201 - what verbose asks for
        return epoch

    def _seed(self) -> int:
        """Return random_state where it is a number, else one drawn from it."""
        random = check_random_state(self.random_state)
        return int(self.random_state if isinstance(self.random_state, int | np.integer) else random.randint(2**31))


def _penalty(training: Training) -> float:
    """Return what l1 and l2 add to a batch's loss: without it, weights that shrink would look like no change."""
    regularization, weights = training.recipe.regularization, named_parameters(training.network, training.parameters)
    total = 0.0
    with np.errstate(over="ignore"):  # training is about to be called diverged
        for w in (values for name, values in weights.items() if name[0] == "w"):
            total += regularization.l2 / 2 * float(np.vdot(w, w)) + regularization.l1 * float(np.abs(w).sum())
    return total / training.recipe.batch_size


def _few_threads(training: Training) -> AbstractContextManager[None]:
    """Return a context with one BLAS thread, unless a step is so much work that more of them pay.

    NumPy and SciPy bring a BLAS each, whose threads wait by spinning and stand in each other's way.
    """
    flops = flops_per_row(training.network) * training.recipe.batch_size
    limited: AbstractContextManager[None] = _blas().limit(limits=1 if flops < MANY_THREADS_FLOPS else None)
    return limited


@cache
def _blas() -> ThreadpoolController:
    # Finding the libraries takes longer than training a small network for an epoch.
    return ThreadpoolController().select(user_api="blas")


def row_weights(sample_weight: Any, x: Array) -> Array | None:
    """Return the rows' weights (rows,) in x's dtype; ValueError where they are not one number of at least 0 a row."""
    if sample_weight is None:
        return None
    weight: Array = check_array(sample_weight, ensure_2d=False, dtype=x.dtype, input_name="sample_weight")
    if weight.shape != (len(x),):
        raise ValueError(f"sample_weight has the shape {weight.shape}, and there are {len(x)} rows")
    if (weight < 0).any() or not weight.any():
        raise ValueError("sample_weight takes weights of at least 0 that are not all zero")
    return weight
