"""Rows in a request become typed columns, and what cannot is refused at its own cell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop.data.inline import table_from_arrays, table_from_rows

Refusal = Callable[..., list[tuple[str, str]]]
DEEP: list[Any] = [[[1]]]


def test_columns_are_typed_by_their_cells() -> None:
    table = table_from_rows(["n", "w", "b", "t"], [[1.5, 1, True, "x"], [None, None, None, None], [2, 3, False, ""]])
    assert [(column.kind, column.whole) for column in table.columns] == [
        ("numeric", False),
        ("numeric", True),
        ("boolean", False),
        ("text", False),
    ]
    assert [column.missing.tolist() for column in table.columns] == [[False, True, False]] * 4
    assert table.column("n").values.dtype == np.float64


def test_a_column_without_any_value_is_numeric() -> None:
    assert table_from_rows(["a"], [[None], [None]]).column("a").kind == "numeric"


def test_integers_that_float64_would_round_are_not_called_whole() -> None:
    assert table_from_rows(["a"], [[2**53 - 1]]).column("a").whole
    assert not table_from_rows(["a"], [[2**53 + 1]]).column("a").whole


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        (None, [[1]], ("/columns", "wrong_type")),
        ([], [[1]], ("/columns", "wrong_type")),
        (["a", 5], [[1, 2]], ("/columns/1", "wrong_type")),
        (["a", ""], [[1, 2]], ("/columns/1", "wrong_type")),
        (["a", "a"], [[1, 2]], ("/columns/1", "duplicate")),
        (["a\0"], [[1]], ("/columns/0", "bad_text")),
        (["\ud800"], [[1]], ("/columns/0", "bad_text")),
        (["a"], None, ("/rows", "wrong_type")),
        (["a"], [], ("/rows", "wrong_type")),
        (["a"], {"0": [1]}, ("/rows", "wrong_type")),
        (["a"], [[1], 2], ("/rows/1", "wrong_type")),
        (["a"], [[]], ("/rows/0", "wrong_length")),
        (["a"], [[1], [1, 2]], ("/rows/1", "wrong_length")),
        (["a", "b"], [[1], [1]], ("/rows/0", "wrong_length")),
        (["a", "b"], [[1, 2], [1, DEEP]], ("/rows/1/1", "wrong_type")),
        (["a"], [[{}]], ("/rows/0/0", "wrong_type")),
        (["a"], [[None], [1], [True]], ("/rows/2/0", "mixed_kinds")),
        (["a"], [["1"], [1]], ("/rows/1/0", "mixed_kinds")),
        (["a"], [[1.0], [float("inf")]], ("/rows/1/0", "not_finite")),
        (["a"], [[None], [float("nan")]], ("/rows/1/0", "not_finite")),
        (["a"], [[1], [10**400]], ("/rows/1/0", "too_large")),
        (["a"], [["x"], [None], ["\udc00"]], ("/rows/2/0", "bad_text")),
        (["a"], [["x"], ["nul\0"]], ("/rows/1/0", "bad_text")),
    ],
)
def test_misuse_of_columns_and_rows(refusal: Refusal, columns: Any, rows: Any, expected: tuple[str, str]) -> None:
    assert refusal(table_from_rows, columns, rows) == [expected]


def test_the_first_bad_cell_of_each_column_is_named(refusal: Refusal) -> None:
    rows = [[1, "a", 1], ["x", "b", 2], ["y", 3, 10**400]]
    assert refusal(table_from_rows, ["p", "q", "r"], rows) == [
        ("/rows/1/0", "mixed_kinds"),
        ("/rows/2/1", "mixed_kinds"),
        ("/rows/2/2", "too_large"),
    ]


def test_problems_are_named_up_to_the_first_twenty(refusal: Refusal) -> None:
    assert len(refusal(table_from_rows, [f"c{place}" for place in range(50)], [[{}] * 50])) == 20


@pytest.mark.parametrize("targets", [["a", "b"], [["a"], ["b"]]])
def test_inputs_and_targets_become_x1_to_xn_and_y(targets: list[Any]) -> None:
    table, features, target = table_from_arrays([[1, 2.5], [3, 4]], targets)
    assert (features, target, table.names) == (("x1", "x2"), ("y",), ("x1", "x2", "y"))
    assert table.head(0, 2) == [[1, 2.5, "a"], [3, 4, "b"]]


def test_several_targets_become_y1_to_ym() -> None:
    table, features, target = table_from_arrays([[1]], [[0.5, 1.5]])
    assert (features, target, table.names) == (("x1",), ("y1", "y2"), ("x1", "y1", "y2"))


@pytest.mark.parametrize(
    ("inputs", "targets", "expected"),
    [
        (5, [1], ("/inputs", "wrong_type")),
        ([], [], ("/inputs", "wrong_type")),
        ([1, 2], [1, 2], ("/inputs/0", "wrong_type")),
        ([[1], [1, 2]], [1, 2], ("/inputs/1", "wrong_length")),
        ([[1], [2]], [1], ("/targets", "wrong_length")),
        ([[1]], "a", ("/targets", "wrong_type")),
        ([[1]], [], ("/targets", "wrong_type")),
        ([[1], [2]], [[1], 2], ("/targets/1", "wrong_type")),
        ([[1], [2]], [[1], [2, 3]], ("/targets/1", "wrong_length")),
        ([[1], [2]], [1, "b"], ("/targets/1", "mixed_kinds")),
        ([[1], [2]], [[1, 2], [1, {}]], ("/targets/1/1", "wrong_type")),
        ([[1, 2], [1, "x"]], [1, 2], ("/inputs/1/1", "mixed_kinds")),
    ],
)
def test_misuse_of_inputs_and_targets(refusal: Refusal, inputs: Any, targets: Any, expected: tuple[str, str]) -> None:
    assert refusal(table_from_arrays, inputs, targets) == [expected]
