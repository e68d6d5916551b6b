"""The built-in sets are what their sources say, in order, and never change."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from backprop.data.builtin import BUILTINS, describe, load


@pytest.mark.parametrize(
    ("name", "loader"),
    [
        ("iris", datasets.load_iris),
        ("wine", datasets.load_wine),
        ("breast_cancer", datasets.load_breast_cancer),
        ("digits", datasets.load_digits),
        ("diabetes", datasets.load_diabetes),
    ],
)
def test_shipped_sets_are_scikit_learns_row_by_row(name: str, loader: Callable[..., Any]) -> None:
    bunch, table = loader(), load(name)
    x = np.stack([column.values for column in table.columns[:-1]], axis=1)
    target = table.columns[-1]
    y = bunch.target if target.kind == "numeric" else bunch.target_names[bunch.target]
    assert np.array_equal(x, bunch.data)
    assert target.values.tolist() == y.tolist()
    assert list(table.names[:-1]) == list(bunch.feature_names)


def test_iris_has_the_names_that_everyone_knows() -> None:
    table = load("iris")
    assert table.names == ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)", "species")
    assert table.head(0, 1) == [[5.1, 3.5, 1.4, 0.2, "setosa"]]
    assert table.column("species").distinct() == ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("xor", "0ca6127e0c4248f26eff8deb2536fc00260b576ca63c0644cb7daf1b9b7b9a59"),
        ("moons", "a6aaf5cbb96105b4b4bafc08eacf4d061c2a8e2fcad327bd79313581f658d961"),
        ("circles", "536e9659ea8f5ed2175a0bd4835ae1935775c603b5c05e5087bb40a129971228"),
        ("spirals", "d5a52eb439bb551abcb1fadc2cecc3b91f694f6e09343453c0c96bf04a57a512"),
    ],
)
def test_made_sets_never_change(name: str, sha256: str) -> None:
    assert load(name).sha256 == sha256


@pytest.mark.parametrize(
    ("name", "rows", "columns", "target", "task"),
    [
        ("iris", 150, 5, "species", "classification"),
        ("wine", 178, 14, "class", "classification"),
        ("breast_cancer", 569, 31, "diagnosis", "classification"),
        ("digits", 1797, 65, "digit", "classification"),
        ("diabetes", 442, 11, "progression", "regression"),
        ("xor", 4, 3, "y", "classification"),
        ("moons", 200, 3, "y", "classification"),
        ("circles", 200, 3, "y", "classification"),
        ("spirals", 200, 3, "y", "classification"),
    ],
)
def test_descriptions(name: str, rows: int, columns: int, target: str, task: str) -> None:
    described = json.loads(json.dumps(describe(name)))
    assert (described["name"], described["rows"], len(described["columns"])) == (name, rows, columns)
    assert (described["target"], described["task"]) == (target, task)
    assert described["description"].endswith(".")


def test_these_are_the_sets() -> None:
    assert list(BUILTINS) == [
        "iris",
        "wine",
        "breast_cancer",
        "digits",
        "diabetes",
        "xor",
        "moons",
        "circles",
        "spirals",
    ]


def test_an_unknown_set_is_refused_by_name(refusal: Callable[..., list[tuple[str, str]]]) -> None:
    assert refusal(load, "irises") == [("#/data/builtin", "unknown_name")]
