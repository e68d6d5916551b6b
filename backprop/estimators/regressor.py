"""A regressor by scikit-learn's contract, of one target or several."""

from dataclasses import dataclass
from typing import Any, Self

from sklearn.base import RegressorMixin
from sklearn.utils import column_or_1d

from backprop.estimators.assembly import Goal
from backprop.estimators.checking import chosen
from backprop.estimators.mlp import MLP, Array, row_weights
from backprop.nn import LOSSES, Examples, Loss


@dataclass(eq=False, repr=False, kw_only=True)
class MLPRegressor(RegressorMixin, MLP):  # type: ignore[misc]  # scikit-learn ships no types
    """A multi-layer perceptron for values, as scikit-learn's; y is (rows,), or (rows, targets) of several.

    Targets are learnt as they come: far from 0, or very large or small, they want scaling, which is what
    sklearn.compose.TransformedTargetRegressor is for. Beside the parameters of every MLP it has

    loss  "squared_error" (mse), "absolute_error" (mae), "huber", "poisson" for counts, or a Loss of values
    """

    loss: str | Loss = "squared_error"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows X (rows, features) of the values y, each row counting as much as its weight."""
        return self._fit(*self._task(X, y, sample_weight, first=not self._warm))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on these rows."""
        return self._fit_once(*self._task(X, y, sample_weight, first=not self._is_fitted))

    def predict(self, X: Any) -> Array:
        """Return the values (rows,), of several targets (rows, targets)."""
        a = self._outputs(X)
        return a[:, 0] if a.shape[1] == 1 else a

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _task(self, X: Any, y: Any, sample_weight: Any, *, first: bool) -> tuple[Examples, Goal]:
        x, y = self._checked(X, y, first=first, numeric=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        loss = chosen("loss", self.loss, LOSSES)
        if loss.classification:
            raise ValueError(f"loss takes one of values, and {loss.name} is one of classes")
        if loss.name == "poisson" and (y < 0).any():
            raise ValueError("poisson takes counts, and y has values below 0")
        targets = y.reshape(len(y), -1).astype(x.dtype)
        return Examples(x, targets, row_weights(sample_weight, x)), Goal(loss, (*loss.over, "identity")[0])
