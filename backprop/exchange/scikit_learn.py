"""scikit-learn's MLPClassifier and MLPRegressor as JSON: their own attributes, by their own names.

The lists of `coefs_` and `intercepts_` are enough for a regressor; a classifier also has its `classes_`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from marshmallow import ValidationError
from numpy.typing import NDArray

from backprop.assembly import network_of
from backprop.data import Encoding
from backprop.data.features import Numeric
from backprop.data.inputs import InputEncoding
from backprop.data.targets import ClassEncoding, LabelEncoding, TargetEncoding, ValueEncoding
from backprop.errors import InvalidError, Problem
from backprop.exchange.bundle import Bundle, Described, check_shape
from backprop.exchange.encodings import MOST_CATEGORIES, Cell
from backprop.nn import ACTIVATIONS, LOSSES
from backprop.schemas.alternatives import LONGEST_COLUMN, MOST_COLUMNS, Names
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Items, Text
from backprop.schemas.flaws import invalid
from backprop.schemas.job import NAME, NAME_REMEDY
from backprop.schemas.parameters import Layers
from backprop.spec import DataSpec, JobSpec, LayerSpec, NetworkSpec, OutputSpec, PreprocessingSpec, TrainingSpec

MARK: Final = "coefs_"  # a document that has it is one of these
HIDDEN: Mapping[str, str] = MappingProxyType(
    {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu"}
)
LOSS_OF: Mapping[str, str] = MappingProxyType(
    {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy", "identity": "mse"}
)
Layer = tuple[NDArray[np.float64], NDArray[np.float64]]


class ScikitLearnSchema(Document):
    """An MLP's attributes; `out_activation_` may be left out, and features and targets have names if they are given."""

    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY)
    coefs_ = Layers(2, required=True)
    intercepts_ = Layers(1, required=True)
    activation = Choice(HIDDEN, required=True)
    out_activation_ = Choice(("identity", "logistic", "softmax"))
    classes_ = Items(Cell(), least=1, most=MOST_CATEGORIES)
    feature_names_in_ = Items(Text(longest=LONGEST_COLUMN), least=1, most=MOST_COLUMNS)
    target = Names()
    dtype = Choice(("float32", "float64"), load_default="float64")


@dataclass(frozen=True, eq=False)
class Ending:
    """How a network ends in our terms: its output activation, the last layer's parameters, and what outputs mean."""

    activation: str
    layer: Layer
    y: TargetEncoding


def read(document: Mapping[str, Any]) -> Bundle:
    """Return the model of a scikit-learn MLP's attributes. Raises InvalidError by its pointer."""
    try:
        given = ScikitLearnSchema().load(document)
    except ValidationError as error:
        raise invalid(error) from error
    layers = _layers(given["coefs_"], given["intercepts_"])
    ending = _ending(document, given, layers[-1])
    names = _names(given.get("feature_names_in_"), layers[0][0].shape[0], "x", "#/feature_names_in_")
    features = tuple(Numeric(name, 0.0, 1.0, None) for name in names)
    encoding = Encoding(InputEncoding(features, given["dtype"]), ending.y, ())
    spec = _spec(given, layers, ending, encoding)
    tensors: dict[str, NDArray[np.float64]] = {}
    for number, (w, b) in enumerate([*layers[:-1], ending.layer], start=1):
        tensors |= {f"w{number}": w, f"b{number}": b}
    return Described(given.get("name"), spec, encoding, network_of(spec, encoding)).filled(tensors)


def _layers(coefs: Sequence[Any], intercepts: Sequence[Any]) -> list[Layer]:
    if len(coefs) != len(intercepts):
        detail = f"there are {len(intercepts)} intercepts for {len(coefs)} layers"
        raise InvalidError([Problem("#/intercepts_", "wrong_length", detail)])
    layers = [(np.array(w), np.array(b)) for w, b in zip(coefs, intercepts, strict=True)]
    for place, (w, b) in enumerate(layers):
        inputs = w.shape[0] if place == 0 else layers[place - 1][0].shape[1]
        check_shape(f"coefs_/{place}", w.shape, (inputs, w.shape[1]))
        check_shape(f"intercepts_/{place}", b.shape, (w.shape[1],))
    return layers


def _ending(document: Mapping[str, Any], given: Mapping[str, Any], last: Layer) -> Ending:
    w, b = last
    outputs, classes = w.shape[1], document.get("classes_")
    usual = "identity" if classes is None else "logistic" if outputs == 1 else "softmax"
    activation = given.get("out_activation_", usual)
    is_single = activation == "softmax" or (activation == "logistic" and outputs == 1)
    names = _names(given.get("target"), 1 if is_single else outputs, "y", "#/target")
    if activation == "identity":
        _check_classes(classes, 0)
        return Ending("identity", last, ValueEncoding(names, (0.0,) * outputs, (1.0,) * outputs))
    if not is_single:
        return Ending("sigmoid", last, LabelEncoding(names, ((0, 1),) * outputs))
    if activation == "softmax" and outputs == 1:
        detail = "softmax is of two outputs or more; a single one is logistic"
        raise InvalidError([Problem("#/out_activation_", "conflict", detail)])
    _check_classes(classes, max(2, outputs))
    y = ClassEncoding(names[0], tuple(classes or ()))
    if activation == "softmax":
        return Ending("softmax", last, y)
    # One logistic output is the second of two that sum to 1: softmax(0, z) = logistic(z).
    return Ending("softmax", (np.hstack([np.zeros_like(w), w]), np.hstack([np.zeros_like(b), b])), y)


def _check_classes(classes: Any, expected: int) -> None:
    found = 0 if classes is None else len(classes)
    if found != expected:
        detail = f"a network of such outputs has {expected} classes, not {found}"
        raise InvalidError([Problem("#/classes_", "wrong_length", detail)])
    kinds = {float if type(label) is int else type(label) for label in classes or ()}
    if len(kinds) > 1 or len(set(classes or ())) < found:
        raise InvalidError([Problem("#/classes_", "bad_value", "classes are of one kind, and different")])


def _names(given: Sequence[str] | None, count: int, letter: str, at: str) -> tuple[str, ...]:
    if given is None:
        return (letter,) if letter == "y" and count == 1 else tuple(f"{letter}{n}" for n in range(1, count + 1))
    if len(given) != count or len(set(given)) != count:
        raise InvalidError([Problem(at, "wrong_length", f"takes {count} different names, not {len(given)}")])
    return tuple(given)


def _spec(given: Mapping[str, Any], layers: Sequence[Layer], ending: Ending, encoding: Encoding) -> JobSpec:
    hidden = ACTIVATIONS[HIDDEN[given["activation"]]]()
    return JobSpec(
        data=DataSpec(),
        target=encoding.target,
        features=encoding.features,
        task=encoding.task,
        preprocessing=PreprocessingSpec(numeric="none", missing="error", target="none"),
        network=NetworkSpec(
            hidden=tuple(LayerSpec(w.shape[1], hidden) for w, _ in layers[:-1]),
            output=OutputSpec(ACTIVATIONS[ending.activation]()),
            bias=True,
        ),
        training=TrainingSpec(loss=LOSSES[LOSS_OF[ending.activation]](), dtype=given["dtype"]),
    )
