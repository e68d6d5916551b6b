"""An encoding gives a row the same bits however it comes, and survives JSON unchanged."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop.data.encoding import Encoding
from backprop.data.inline import table_from_rows
from backprop.data.roles import Roles
from backprop.data.table import Column, Table
from backprop.datasets.times import microseconds_of
from backprop.spec import PreprocessingSpec, Task

NUMBERS = st.floats(-1e6, 1e6) | st.integers(-1000, 1000)
TEXTS = st.sampled_from(["a", "b", "é", "", "long name"])
TIMES = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)).map(lambda moment: f"{moment.isoformat()}Z")
KINDS = st.sampled_from([NUMBERS, TEXTS, st.booleans(), TIMES])
Case = tuple[Encoding, Table, list[list[Any]]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """An encoding fitted on a random table, and that table's rows as JSON has them, the target last."""
    missing: Literal["error", "mean", "median", "most_frequent", "constant"] = draw(
        st.sampled_from(["error", "mean", "median", "most_frequent", "constant"])
    )
    count = draw(st.integers(2, 6))
    columns: list[list[Any]] = []
    for kind in draw(st.lists(KINDS, min_size=1, max_size=5)):
        gappy = kind if missing == "error" else st.none() | kind
        cells = draw(st.lists(gappy, min_size=count - 1, max_size=count - 1))
        columns.append([draw(kind), *cells])  # at least one value
    task: Task = draw(st.sampled_from(["classification", "regression"]))
    columns.append(list(range(count)) if task == "classification" else draw(_values(count)))
    names = [*(f"c/{place}" for place in range(len(columns) - 1)), "y"]
    rows = [list(row) for row in zip(*columns, strict=True)]
    preprocessing = PreprocessingSpec(
        draw(st.sampled_from(["none", "standard", "minmax", "robust", "quantile"])),
        draw(st.sampled_from(["one_hot", "ordinal"])),
        missing,
        fill=draw(st.floats(-10, 10)),
        indicators=draw(st.booleans()),
        rare=draw(st.sampled_from([0, 0.4, 2])),
        max_categories=draw(st.integers(2, 4)),
        unseen=draw(st.sampled_from(["error", "ignore", "pooled"])),
    )
    dtype: Literal["float32", "float64"] = draw(st.sampled_from(["float32", "float64"]))
    table = with_times(table_from_rows(names, rows))
    roles = Roles(tuple(names[:-1]), ("y",), task)
    return Encoding.fit(table, np.arange(count), roles, preprocessing, dtype), table, rows


def with_times(table: Table) -> Table:
    """The table with times in place of texts that all are some: inline rows have none by themselves."""
    return Table(tuple(map(_as_times, table.columns)))


def _as_times(column: Column) -> Column:
    present = [value for value in column.values.tolist() if value is not None]
    if column.kind != "text" or not all(value.endswith("Z") for value in present):
        return column
    times = [np.nan if value is None else microseconds_of(value) for value in column.values]
    return Column(column.name, "datetime", np.array(times))


def _values(count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(-1e6, 1e6), min_size=count, max_size=count)


@given(cases())
def test_a_row_has_the_same_bits_from_the_table_as_a_list_and_as_a_record(case: Case) -> None:
    encoding, table, rows = case
    expected = encoding.encode_table(table, np.arange(table.rows)).tobytes()
    assert encoding.encode_rows([row[:-1] for row in rows]).tobytes() == expected
    assert encoding.encode_records([dict(zip(table.names, row, strict=True)) for row in rows]).tobytes() == expected
    alone = [encoding.encode_instances([row[:-1]]).tobytes() for row in rows]
    assert b"".join(alone) == expected
    if all(feature.kind == "numeric" for feature in encoding.x.features):
        array = np.array([row[:-1] for row in rows], dtype=np.float64)
        assert encoding.encode_rows(array).tobytes() == expected


@given(cases())
def test_an_encoding_survives_json_to_the_bit(case: Case) -> None:
    encoding, table, rows = case
    kept = json.dumps(encoding.to_json(), allow_nan=False)
    back = Encoding.from_json(json.loads(kept))
    assert back == encoding
    assert json.dumps(back.to_json()) == kept
    record = dict(zip(table.names, rows[0], strict=True))
    assert back.encode_records([record]).tobytes() == encoding.encode_records([record]).tobytes()


@given(cases())
def test_targets_are_decoded_to_what_they_were(case: Case) -> None:
    encoding, table, rows = case
    y = encoding.encode_targets(table, np.arange(table.rows))
    wanted = [row[-1] for row in rows]
    if encoding.task == "classification":
        assert encoding.decode(y) == wanted
    else:
        assert encoding.decode(y) == pytest.approx(wanted, rel=1e-5, abs=1e-5 * max(map(abs, wanted)) + 1e-30)


TABLE = table_from_rows(["a", "b", "id", "y"], [[1, "u", 7, True], [2, "v", 8, False]])


def _fit() -> Encoding:
    roles = Roles(("b", "a"), ("y",), "classification")
    return Encoding.fit(TABLE, np.arange(2), roles, PreprocessingSpec(), "float32")


def test_an_encoding_says_what_it_takes_and_gives() -> None:
    encoding = _fit()
    assert (encoding.features, encoding.target, encoding.ignored) == (("b", "a"), ("y",), ("id",))
    assert (encoding.inputs, encoding.outputs, encoding.classes) == (3, 2, (False, True))
    assert encoding.encode_records([{"a": 1, "b": "u", "id": None, "y": "?"}]).tolist() == [[1.0, 0.0, -1.0]]


def test_the_kept_form_is_plain_json_with_its_version() -> None:
    assert _fit().to_json() == {
        "format": 1,
        "dtype": "float32",
        "features": [
            {"name": "b", "kind": "text", "categories": ["u", "v"], "fill": "u"},
            {"name": "a", "kind": "numeric", "offset": 1.5, "scale": 0.5, "fill": 1.5, "least": 1.0, "most": 2.0},
        ],
        "target": {"task": "classification", "name": "y", "classes": [False, True]},
        "ignored": ["id"],
    }


def test_another_version_is_not_read() -> None:
    with pytest.raises(ValueError, match="format 1, not 2"):
        Encoding.from_json({**_fit().to_json(), "format": 2})


def test_numbers_that_a_json_store_made_integers_are_numbers_again() -> None:
    kept = _fit().to_json()
    kept["features"][1]["scale"] = 2
    (_, feature) = Encoding.from_json(kept).x.features
    assert isinstance(feature.scale, float)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("instances", "expected"),
    [
        (None, ("", "wrong_type")),
        ({"a": 1}, ("", "wrong_type")),
        ("text", ("", "wrong_type")),
        ([], ("", "empty")),
        ([["u", 1], {"a": 1, "b": "u"}], ("/1", "wrong_type")),
        ([{"a": 1, "b": "u"}, ["u", 1]], ("/1", "wrong_type")),
        ([5], ("/0", "wrong_type")),
    ],
)
def test_misuse_of_instances(
    refusal: Callable[..., list[tuple[str, str]]], instances: Any, expected: tuple[str, str]
) -> None:
    assert refusal(_fit().encode_instances, instances) == [expected]
