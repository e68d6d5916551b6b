"""A classifier by scikit-learn's contract: of two classes or many, or of labels each of which a row has or has not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from backprop.estimators.assembly import Goal
from backprop.estimators.checking import chosen
from backprop.estimators.mlp import MLP, Array, row_weights
from backprop.nn import LOSSES, Examples, Loss


@dataclass(eq=False, repr=False, kw_only=True)
class MLPClassifier(ClassifierMixin, MLP):  # type: ignore[misc]  # scikit-learn ships no types
    """A multi-layer perceptron for classes, as scikit-learn's; y is (rows,), or (rows, labels) of 0 and 1.

    Beside the parameters of every MLP it has

    loss          "log_loss": cross_entropy over softmax, or binary_cross_entropy over one sigmoid output where there
                  are two classes, and over one a label; or a name in LOSSES, or a Loss, that takes such outputs
    class_weight  a mapping from classes to weights, or "balanced", as everywhere in scikit-learn
    """

    loss: str | Loss = "log_loss"
    class_weight: Mapping[Any, float] | Literal["balanced"] | None = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the rows X (rows, features) of the classes y, each row counting as much as its weight."""
        x, y = self._checked(X, y, first=not self._warm)
        y = _labels(y)
        if not self._warm:
            self._learn_classes(y)
        elif set(np.unique(y)) != set(self.classes_):
            raise ValueError(f"warm_start needs the classes of the last fit, {self.classes_}, not {np.unique(y)}")
        return self._fit(*self._task(x, y, sample_weight))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train one epoch on these rows; the first call names all `classes` that will ever come."""
        first = not self._is_fitted
        if first and classes is None:
            raise ValueError("the first call of partial_fit takes classes, all that will ever come")
        if self.class_weight == "balanced":
            raise ValueError("partial_fit cannot balance classes that it has not seen: class_weight takes a mapping")
        x, y = self._checked(X, y, first=first)
        y = _labels(y)
        if first:
            self._learn_classes(y if y.ndim == 2 else classes)
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes are {self.classes_} since the first call, not {classes}")
        if len(unknown := np.setdiff1d(y, self.classes_)):
            raise ValueError(f"y has classes {unknown}, which are not among {self.classes_}")
        return self._fit_once(*self._task(x, y, sample_weight))

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row; of labels, (rows, labels), those more probable than not."""
        probabilities = self.predict_proba(X)
        if self._of_labels:
            return (probabilities > 0.5).astype(int)
        classes: Array = self.classes_[probabilities.argmax(1)]
        return classes

    def predict_proba(self, X: Any) -> Array:
        """Return each class's probability, (rows, classes) in the order of `classes_`; or each label's."""
        a = self._outputs(X)
        if self._of_labels:
            return a
        if a.shape[1] == 1:
            a = np.hstack([1 - a, a])[:, : len(self.classes_)]
        # Outputs of one sigmoid a class are no distribution yet.
        probabilities: Array = a / a.sum(1, keepdims=True)
        return probabilities

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of `predict_proba`."""
        with np.errstate(divide="ignore"):
            logarithms: Array = np.log(self.predict_proba(X))
        return logarithms

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @property
    def _of_labels(self) -> bool:
        return bool(self._binarizer.y_type_ == "multilabel-indicator")

    def _learn_classes(self, y: Any) -> None:
        self._binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._binarizer.classes_

    def _task(self, x: Array, y: Array, sample_weight: Any) -> tuple[Examples, Goal]:
        goal, weight = self._goal(), row_weights(sample_weight, x)
        targets = self._binarizer.transform(y).astype(x.dtype)
        if goal.output == "softmax" and targets.shape[1] == 1:
            targets = np.hstack([1 - targets, targets])
        if self.class_weight is not None:
            of_class = compute_sample_weight(self.class_weight, y)
            weight = row_weights(of_class if weight is None else of_class * weight, x)
        return Examples(x, targets, weight), goal

    def _goal(self) -> Goal:
        several = self._binarizer.y_type_ == "multiclass"
        usual = "cross_entropy" if several else "binary_cross_entropy"
        loss = chosen("loss", usual if self.loss == "log_loss" else self.loss, LOSSES)
        outputs = ("softmax", "sigmoid") if several else ("sigmoid",) if self._of_labels else ("sigmoid", "softmax")
        for output in outputs:
            if loss.accepts(output):
                return Goal(loss, output, one_class=not self._of_labels)
        raise ValueError(f"loss takes one over {' or '.join(outputs)} outputs here, and {loss.name} is not")


def _labels(y: Array) -> Array:
    """Return classes (rows,) or labels (rows, labels)."""
    check_classification_targets(y)
    classes: Array = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
    return classes
