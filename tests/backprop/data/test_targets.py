"""Targets become y and come back as they were: labels with their JSON types, values in their own units."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop.data.inline import table_from_rows
from backprop.data.targets import ClassEncoding, ValueEncoding

Refusal = Callable[..., list[tuple[str, str]]]


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["b", "a", "c"], ("a", "b", "c")),
        ([True, False, True], (False, True)),
        ([10, 9, -1], (-1, 9, 10)),
        ([2.0, 0.5, 1.0], (0.5, 1.0, 2.0)),
    ],
)
def test_labels_ascend_and_come_back_with_their_type(cells: list[Any], labels: tuple[Any, ...]) -> None:
    table = table_from_rows(["y"], [[cell] for cell in cells])
    encoding = ClassEncoding.fit(table.column("y"))
    assert encoding.labels == labels
    y = encoding.encode(table, np.arange(3), "float32")
    assert y.shape == (3, len(labels))
    assert y.dtype == np.float32
    assert y.sum(axis=1).tolist() == [1.0, 1.0, 1.0]
    back = encoding.decode(y)
    assert back == encoding.truth(table, np.arange(3)) == cells
    assert [type(label) for label in back] == [type(cell) for cell in cells]


def test_the_largest_output_decides_and_the_first_of_several() -> None:
    assert ClassEncoding("y", ("a", "b", "c")).decode(np.array([[0.1, 0.7, 0.2], [0.4, 0.4, 0.2]])) == ["b", "a"]


VALUES = table_from_rows(["u", "v"], [[1, 10.5], [3, 10.5], [1000, 0]])
TRAIN = np.arange(2)


def test_values_are_scaled_by_the_training_rows_and_scaled_back() -> None:
    encoding = ValueEncoding.fit(VALUES, TRAIN, ("u", "v"), standard=True)
    assert encoding == ValueEncoding(("u", "v"), (2.0, 10.5), (1.0, 1.0))
    y = encoding.encode(VALUES, np.arange(3), "float64")
    assert y.tolist() == [[-1.0, 0.0], [1.0, 0.0], [998.0, -10.5]]
    assert encoding.decode(y) == encoding.truth(VALUES, np.arange(3)) == [[1.0, 10.5], [3.0, 10.5], [1000.0, 0.0]]


def test_one_value_comes_back_as_a_number_and_not_as_a_list() -> None:
    encoding = ValueEncoding.fit(VALUES, TRAIN, ("u",), standard=False)
    assert encoding.decode(encoding.encode(VALUES, TRAIN, "float32")) == [1.0, 3.0]


def test_values_too_large_are_refused(refusal: Refusal) -> None:
    table = table_from_rows(["y"], [[-1.7e308], [1.7e308], [0]])

    def fit(standard: bool) -> ValueEncoding:
        return ValueEncoding.fit(table, np.arange(3), ("y",), standard=standard)

    assert refusal(fit, True) == [("#/preprocessing/target", "too_large")]
    assert refusal(fit(False).encode, table, np.arange(3), "float32") == [("#/training/dtype", "too_large")]
