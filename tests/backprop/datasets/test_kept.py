"""A kept table gives back what was written, block by block, and what is said of its columns is true."""

import io
from typing import Any

import numpy as np
import pytest

from backprop.data import Table, table_of
from backprop.datasets import writer
from backprop.datasets.cells import Flags, Instants, Missing, Numbers, Texts
from backprop.datasets.statistics import describe
from backprop.datasets.writer import TableWriter
from backprop.errors import InvalidError


def texts(*values: str | None) -> Texts:
    known = sorted({value for value in values if value is not None}, reverse=True)
    codes = [-1 if value is None else known.index(value) for value in values]
    return Texts(np.array(codes, np.int32), known)


def kept(filled: TableWriter) -> io.BytesIO:
    into = io.BytesIO()
    filled.finish(into)
    filled.close()
    return into


def test_blocks_of_all_kinds_come_back_as_rows() -> None:
    made = TableWriter(["n", "t", "b", "s"], None, 10**6)
    for cells in ([1.0, np.nan], [3.0]):
        made.add(0, Numbers(np.array(cells), whole=True))
    made.add(1, Instants(np.array([0.0, np.nan, 1.5e15])))
    made.add(2, Flags(np.array([1, -1, 0], np.int8)))
    made.add(3, Missing(1))
    made.add(3, texts("b", "a"))
    table = table_of(kept(made).getvalue())
    assert table.head(0, 9) == [
        [1, "1970-01-01T00:00:00Z", True, None],
        [None, None, None, "b"],
        [3, "2017-07-14T02:40:00Z", False, "a"],
    ]
    assert table.head(1, 1) == [[None, None, None, "b"]]
    assert [column.missing.sum() for column in table.columns] == [1, 1, 1, 1]


def filled_with(made: TableWriter) -> Table:
    for block in (["b", None, "a"], ["a", "ü", "b"], ["c", "a", None]):
        made.add(0, texts(*block))
    return table_of(kept(made).getvalue())


def test_more_texts_than_a_dictionary_takes_are_kept_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = filled_with(TableWriter(["s"], None, 10**6))
    monkeypatch.setattr(writer, "DICTIONARY_BYTES", 3 * writer.ENTRY_BYTES)
    written_down = filled_with(TableWriter(["s"], None, 10**6))
    wanted = ["b", None, "a", "a", "ü", "b", "c", "a", None]
    for table in (looked_up, written_down):
        assert table.column("s").scalars(slice(None)) == wanted
        assert table.column("s").scalars(slice(3, 5)) == ["a", "ü"]
        assert table.column("s").distinct() == ["a", "b", "c", "ü"]


def test_cells_of_another_kind_than_those_above_are_refused_by_row() -> None:
    made = TableWriter(["a"], None, 10**6)
    made.add(0, Numbers(np.array([1.0, 2.0])))
    with pytest.raises(InvalidError, match="#/rows/2/a: row 2, column 'a'"):
        made.add(0, texts("x"))
    made.close()


def statistics(cells: Any) -> dict[str, Any]:
    made = TableWriter(["a"], None, 10**9)
    made.add(0, cells)
    _, (found,) = describe(kept(made))
    return found


def test_statistics_of_numbers_are_numpys() -> None:
    values = np.random.RandomState(0).standard_normal(1000).cumsum()
    gappy = np.where(np.arange(1000) % 10 == 0, np.nan, values)
    present, found = gappy[~np.isnan(gappy)], statistics(Numbers(gappy))
    assert (found["missing"], found["distinct"], found["notes"]) == (100, 900, [])
    assert (found["min"], found["max"]) == (present.min(), present.max())
    assert found["mean"] == pytest.approx(present.mean())
    assert found["std"] == pytest.approx(present.std())
    assert found["quantiles"]["0.25"] == np.quantile(present, 0.25)
    counts, edges = np.histogram(present, bins=20)
    assert found["histogram"]["counts"] == counts.tolist()
    assert found["histogram"]["edges"] == pytest.approx(edges)


def test_statistics_of_more_rows_than_a_block() -> None:
    values = np.random.RandomState(0).permutation(700_001).astype(float)
    found = statistics(Numbers(values, whole=True))
    assert (found["min"], found["max"], found["mean"]) == (0, 700_000, 350_000)
    assert sum(found["histogram"]["counts"]) == 700_001
    assert found["quantiles"]["0.5"] == pytest.approx(350_000, rel=0.01)


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (Numbers(np.full(30, 2.0)), "constant"),
        (Numbers(np.arange(7, 37.0), whole=True), "identifier"),
        (Numbers(np.arange(30.0)), None),
        (Missing(30), "empty"),
        (texts(*"x" * 30), "constant"),
        (texts(*map(str, range(30))), "identifier"),
        (texts(*map(str, range(10))), None),
    ],
)
def test_what_stands_out_is_noted(cells: Any, note: str | None) -> None:
    assert statistics(cells)["notes"] == ([note] if note else [])


def test_the_most_frequent_texts_are_told() -> None:
    found = statistics(texts("b", "a", "b", None))
    assert found["top"] == [{"value": "b", "count": 2}, {"value": "a", "count": 1}]
    assert statistics(Flags(np.array([1, 1, -1, 0], np.int8)))["top"][0] == {"value": True, "count": 2}


def test_times_are_told_as_text() -> None:
    found = statistics(Instants(np.array([0.0, 86_400e6])))
    assert (found["min"], found["max"]) == ("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z")
    assert found["quantiles"]["0.5"] == "1970-01-01T12:00:00Z"


def test_numbers_near_the_end_of_float64_leave_out_what_is_beyond() -> None:
    found = statistics(Numbers(np.array([-1.7e308, 1.7e308, 1.7e308])))
    assert (found["min"], found["max"], found["std"]) == (-1.7e308, 1.7e308, None)
    assert found["histogram"]["counts"] == [3]
