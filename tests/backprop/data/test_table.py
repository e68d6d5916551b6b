"""A table gives back what was put in, as rows, as bytes, and under a sha256 that follows from its content alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backprop.data.inline import table_from_rows
from backprop.data.table import Table

NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
CELLS = st.sampled_from([st.booleans(), TEXTS, NUMBERS, st.integers(1 - 2**53, 2**53 - 1)])


@st.composite
def grids(draw: st.DrawFn) -> list[list[Any]]:
    """Rows whose columns each hold one kind of cell, gaps among them."""
    rows = draw(st.integers(1, 6))
    cells = draw(st.lists(CELLS, min_size=1, max_size=5))
    columns = [draw(st.lists(st.none() | kind, min_size=rows, max_size=rows)) for kind in cells]
    return [list(row) for row in zip(*columns, strict=True)]


def _table(rows: list[list[Any]]) -> Table:
    return table_from_rows([f"c{place}" for place in range(len(rows[0]))], rows)


@given(grids())
def test_rows_come_back_as_they_went_in(rows: list[list[Any]]) -> None:
    back = _table(rows).head(0, len(rows))
    assert back == rows
    assert [[type(cell) for cell in row] for row in back] == [[type(cell) for cell in row] for row in rows]


@given(grids())
def test_a_table_survives_its_bytes(rows: list[list[Any]]) -> None:
    table = _table(rows)
    back = Table.from_bytes(table.to_bytes())
    assert back.head(0, len(rows)) == rows
    assert back.sha256 == table.sha256
    assert [(column.name, column.kind, column.whole) for column in back.columns] == [
        (column.name, column.kind, column.whole) for column in table.columns
    ]


def test_head_returns_a_window_of_rows() -> None:
    table = table_from_rows(["a", "b"], [[1, "x"], [2, "y"], [3, None]])
    assert table.head(1, 5) == [[2, "y"], [3, None]]
    assert table.head(3, 5) == []


def test_integers_are_given_back_as_integers_and_fractions_as_fractions() -> None:
    table = table_from_rows(["whole", "mixed"], [[1, 1], [2, 2.0]])
    assert [[type(cell) for cell in row] for row in table.head(0, 2)] == [[int, float], [int, float]]


def test_distinct_values_are_sorted_and_leave_out_what_is_missing() -> None:
    table = table_from_rows(["n", "t", "b"], [[10, "b", True], [9, None, False], [None, "a", True], [10, "b", None]])
    assert [column.distinct() for column in table.columns] == [[9, 10], ["a", "b"], [False, True]]


def test_a_description_says_what_is_in_each_column() -> None:
    assert table_from_rows(["n", "t"], [[1, "b"], [None, "a"]]).describe() == {
        "rows": 2,
        "columns": [{"name": "n", "kind": "numeric", "missing": 1}, {"name": "t", "kind": "text", "missing": 0}],
    }
