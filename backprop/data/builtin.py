"""The data sets that need no upload: five that scikit-learn ships, four made here from a fixed seed."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets

from backprop.data.roles import infer_task
from backprop.data.table import Column, Table, objects
from backprop.errors import InvalidError, Problem


@dataclass(frozen=True)
class Builtin:
    """A set that is always there: its name, one sentence about it, the column it is for, and how its table is made."""

    name: str
    description: str
    target: str
    make: Callable[[], Table]


@cache
def load(name: str) -> Table:
    """Return the built-in set of that name, made once; InvalidError, at `#/data/builtin`, where there is none."""
    if name not in BUILTINS:
        detail = f"there is no built-in set {name!r}; there are {', '.join(BUILTINS)}"
        raise InvalidError([Problem("#/data/builtin", "unknown_name", detail)])
    return BUILTINS[name].make()


def describe(name: str) -> dict[str, Any]:
    """Return what a person wants to know of a built-in set before using it, ready for JSON."""
    builtin, table = BUILTINS[name], load(name)
    return {
        "name": name,
        "description": builtin.description,
        **table.describe(),
        "target": builtin.target,
        "task": infer_task(table, (builtin.target,)),
    }


def _numeric(name: str, values: NDArray[Any]) -> Column:
    numbers = values.astype(np.float64)
    return Column(name, "numeric", numbers, whole=bool(np.all(numbers == np.rint(numbers))))


def _shipped(loader: Callable[[], Any], target: str, *, labels: bool = False) -> Table:
    """Return a set of scikit-learn's in its own order of rows, class numbers replaced by their names for `labels`."""
    bunch = loader()
    columns = [_numeric(str(name), values) for name, values in zip(bunch.feature_names, bunch.data.T, strict=True)]
    if labels:
        names = [str(bunch.target_names[code]) for code in bunch.target]
        return Table((*columns, Column(target, "text", objects(names))))
    return Table((*columns, _numeric(target, bunch.target)))


def _points(x: NDArray[np.float64], y: Sequence[int] | NDArray[np.int64], seed: int, noise: float) -> Table:
    """Return points of the plane and their classes, blurred and in random order.

    RandomState's streams are frozen; coordinates are rounded since sin, cos and log differ in their last bits between
    processors.
    """
    random = np.random.RandomState(seed)
    blurred = np.round(x + noise * random.standard_normal(x.shape), 6)
    order = random.permutation(len(x))
    return _plane(blurred[order], np.asarray(y)[order])


def _plane(x: NDArray[np.float64], y: NDArray[Any]) -> Table:
    return Table((_numeric("x1", x[:, 0]), _numeric("x2", x[:, 1]), _numeric("y", y)))


def _xor() -> Table:
    return _plane(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0]))


def _moons() -> Table:
    angle = np.linspace(0.0, math.pi, 100)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return _points(np.concatenate([upper, lower]), np.repeat([0, 1], 100), seed=1, noise=0.1)


def _circles() -> Table:
    angle = np.linspace(0.0, 2.0 * math.pi, 100, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _points(np.concatenate([circle, 0.5 * circle]), np.repeat([0, 1], 100), seed=2, noise=0.05)


def _spirals() -> Table:
    turn = np.linspace(0.1, 1.0, 100)[:, np.newaxis]
    angle = 3.0 * math.pi * turn  # one and a half turns
    arm = turn * np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return _points(np.concatenate([arm, -arm]), np.repeat([0, 1], 100), seed=3, noise=0.01)


_ALL = (
    Builtin(
        "iris",
        "Fisher's iris flowers (1936): the species from four measurements in centimetres.",
        "species",
        lambda: _shipped(datasets.load_iris, "species", labels=True),
    ),
    Builtin(
        "wine",
        "Italian wines (Forina et al., 1988): the cultivar from thirteen chemical measurements.",
        "class",
        lambda: _shipped(datasets.load_wine, "class", labels=True),
    ),
    Builtin(
        "breast_cancer",
        "Wisconsin breast cancer (1995): malignant or benign from thirty measurements of cell nuclei.",
        "diagnosis",
        lambda: _shipped(datasets.load_breast_cancer, "diagnosis", labels=True),
    ),
    Builtin(
        "digits",
        "Handwritten digits (Alpaydin and Kaynak, 1998): 0 to 9 from images of 8 x 8 pixels, each 0 to 16.",
        "digit",
        lambda: _shipped(datasets.load_digits, "digit"),
    ),
    Builtin(
        "diabetes",
        "Diabetes (Efron et al., 2004): progression after a year from ten measurements, centred and scaled.",
        "progression",
        lambda: _shipped(datasets.load_diabetes, "progression"),
    ),
    Builtin("xor", "Exclusive or: its four rows.", "y", _xor),
    Builtin("moons", "Two interleaved half circles of 100 points each, with noise.", "y", _moons),
    Builtin("circles", "A circle of 100 points inside another, with noise.", "y", _circles),
    Builtin(
        "spirals", "Two interleaved spirals of 100 points each, a turn and a half long, with noise.", "y", _spirals
    ),
)
BUILTINS: Mapping[str, Builtin] = MappingProxyType({builtin.name: builtin for builtin in _ALL})
