"""Predicting: what a model makes of instances, whatever dialect they came in, and the parts that an answer can have."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.flaws import of_array
from backprop.data.inputs import Matrix
from backprop.errors import InvalidError, Problem
from service.predicting.arrays import Bare
from service.predicting.predictors import LoadedModel

TOP_K = 5  # where nobody says how many
DISTRIBUTIONS = frozenset({"softmax", "sigmoid"})  # activations whose outputs are probabilities, or shares of them


@dataclass(frozen=True)
class Predicted:
    """Instances, at a place of the request, fed forward: `x` (rows, inputs) and `outputs` (rows, outputs), finite."""

    model: LoadedModel
    given: Any
    at: str
    x: Matrix
    outputs: Matrix

    @property
    def predictions(self) -> list[Any]:
        """Classes, yes or no of each label, or values in their own units. Raises InvalidError where one is infinite."""
        values = self.model.encoding.decode(self.outputs)
        if self.model.encoding.classes is None:
            check_finite(np.array(values), self.at)
        return values

    @property
    def warnings(self) -> list[Problem]:
        """The cells that lie outside what training saw, a hundred at most."""
        return located(self.model.encoding.outside(self.x, self.given), self.at)


def predict(model: LoadedModel, given: Any, at: str) -> Predicted:
    """Return what the model makes of rows, records or an array of numbers, which stand at `at` in the request.

    Raises InvalidError, at `#/instances/3/1` where `at` is `#/instances`, for each row that the model's encoding cannot
    take, and where an output is not finite.
    """
    try:
        x = model.encoding.encode_instances(given)
    except InvalidError as error:
        raise InvalidError(located(error.problems, at)) from error
    outputs = model.predictor.outputs(x)
    check_finite(outputs, at)
    return Predicted(model, given, at, x, outputs)


def check_finite(values: Matrix, at: str) -> None:
    """Raise InvalidError at the first row, of (rows, …), that holds a number that is not finite."""
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values.reshape(len(values), -1)).all(axis=1)))
        raise InvalidError([Problem(f"{at}/{row}", "not_finite", "what the network makes of this is not finite")])


def located(problems: Any, at: str) -> list[Problem]:
    """Return problems whose pointers begin at `at`."""
    return [Problem(at + problem.pointer, problem.code, problem.detail) for problem in problems]


def _outputs(predicted: Predicted, _: int) -> Any:
    return predicted.outputs.tolist()


def _predictions(predicted: Predicted, _: int) -> Any:
    return predicted.predictions


def _probabilities(predicted: Predicted, _: int) -> Any:
    """Return each output as it is where they sum to one or stand for labels, else as its share of the row's sum."""
    activation, encoding = predicted.model.predictor.network.layers[-1].f.name, predicted.model.encoding
    if encoding.classes is None or activation not in DISTRIBUTIONS:
        detail = f"the outputs of a {encoding.task} by {activation} are no probabilities; take outputs"
        raise InvalidError([Problem("#/return", "wrong_task", detail)])
    a = predicted.outputs
    if activation == "sigmoid" and encoding.task == "classification":
        total = a.sum(axis=1, keepdims=True)
        a = np.divide(a, total, out=np.full_like(a, 1 / a.shape[1]), where=total > 0)
    return a.tolist()


def _logits(predicted: Predicted, _: int) -> Any:
    z = predicted.model.predictor.logits(predicted.x)
    check_finite(z, predicted.at)
    return z.tolist()


def _top_k(predicted: Predicted, count: int) -> Any:
    """Return the classes of the largest outputs, in the order of these, and the first of equal ones first."""
    classes = predicted.model.encoding.classes
    if classes is None:
        raise InvalidError([Problem("#/return", "wrong_task", "a regression has no top_k; take predictions")])
    best = np.argsort(-predicted.outputs, axis=1, kind="stable")[:, :count].tolist()
    outputs = predicted.outputs.tolist()
    return [
        [{"class": classes[place], "output": row[place]} for place in places]
        for places, row in zip(best, outputs, strict=True)
    ]


PARTS: Mapping[str, Callable[[Predicted, int], Any]] = {
    "predictions": _predictions,
    "outputs": _outputs,
    "probabilities": _probabilities,
    "logits": _logits,
    "top_k": _top_k,
}
DEFAULT = ("predictions", "outputs")


@dataclass(frozen=True)
class Asked:
    """Instances as they came, for the model's encoding to check, and which parts of the answer are wanted."""

    instances: Any
    wanted: tuple[str, ...] | None = None
    top_k: int | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The wanted parts; a number for `top_k` is a wish for it."""
        wanted = DEFAULT if self.wanted is None else self.wanted
        return wanted if self.top_k is None or "top_k" in wanted else (*wanted, "top_k")


def answer(model: LoadedModel, asked: Asked) -> dict[str, Any]:
    """Return what the model makes of the instances, in our own dialect. Raises InvalidError as `predict`."""
    predicted, view = predict(model, as_taken(model, asked.instances), "#/instances"), model.view
    found = {name: PARTS[name](predicted, asked.top_k or TOP_K) for name in asked.parts}
    found["classes"] = model.encoding.classes
    found["model"] = {"id": view.id, "name": view.name, "version": view.version, "sha256": view.sha256}
    warnings = predicted.warnings
    return found | {"warnings": [asdict(warning) for warning in warnings]} if warnings else found


def as_taken(model: LoadedModel, given: Any) -> Any:
    """Return our own dialect's instances as `predict` takes them.

    Bare numbers are rows of the model's features. An array that the model does not take comes as lists, whose flaws are
    named by row and cell. Raises InvalidError where bare numbers are no whole rows.
    """
    if isinstance(given, Bare):
        given = _rows_of(given.numbers, len(model.encoding.x.features))
    if isinstance(given, np.ndarray) and of_array(model.encoding.x, given) is not None:
        return given.tolist()
    return given


def _rows_of(numbers: NDArray[np.float32], features: int) -> NDArray[np.float32]:
    if len(numbers) % features:
        detail = f"{len(numbers)} numbers are no whole rows: the model has {features} features"
        raise InvalidError([Problem("#/instances", "wrong_length", detail)])
    return numbers.reshape(-1, features)
