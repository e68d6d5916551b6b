"""Rows and records from outside are encoded, or refused at their first bad cell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop.data.features import Categorical, Numeric
from backprop.data.flaws import MOST_NAMED
from backprop.data.inputs import InputEncoding
from backprop.data.instances import encode_array, encode_records, encode_rows
from backprop.errors import InvalidError

Refusal = Callable[..., list[tuple[str, str]]]
NUMBERS = InputEncoding((Numeric("a", 1.0, 2.0, None), Numeric("b", 0.0, 1.0, None)), "float32")
FILLED = InputEncoding((Numeric("a", 1.0, 2.0, 5.0), Numeric("b", 0.0, 1.0, None)), "float32")
MIXED = InputEncoding(
    (
        Categorical("to/wn", "text", ("Bonn", "Ulm"), None),
        Numeric("a", 1.0, 2.0, None),
        Categorical("paid", "boolean", (False, True), False),
    ),
    "float32",
)
BESIDE = frozenset({"y", "unused"})
DEEP: list[Any] = [[[1]]]


def test_rows_and_records_give_the_same_x() -> None:
    expected = [[0.0, 1.0, 2.0, 0.0, 1.0], [1.0, 0.0, -1.0, 1.0, 0.0]]
    assert encode_rows(MIXED, [["Ulm", 5, True], ["Bonn", -1, None]]).tolist() == expected
    records = [{"paid": True, "a": 5, "to/wn": "Ulm"}, {"a": -1, "to/wn": "Bonn", "y": [], "unused": 10**400}]
    assert encode_records(MIXED, BESIDE, records).tolist() == expected


def test_a_feature_left_out_or_null_is_filled_where_the_encoding_fills() -> None:
    assert encode_records(FILLED, BESIDE, [{"b": 1}, {"a": None, "b": 1}]).tolist() == [[2.0, 1.0], [2.0, 1.0]]
    assert encode_rows(FILLED, [[None, 1], [3, 1]]).tolist() == [[2.0, 1.0], [1.0, 1.0]]
    assert encode_array(FILLED, np.array([[np.nan, 1.0]])).tolist() == [[2.0, 1.0]]


@pytest.mark.parametrize(
    ("encoding", "rows", "expected"),
    [
        (NUMBERS, [], ("", "empty")),
        (NUMBERS, [[1, 2], 3], ("/1", "wrong_type")),
        (NUMBERS, [[1, 2], {"a": 1}], ("/1", "wrong_type")),
        (NUMBERS, [[1, 2], [3]], ("/1", "wrong_length")),
        (NUMBERS, [[1, 2], [3, 4, 5]], ("/1", "wrong_length")),
        (NUMBERS, [[]], ("/0", "wrong_length")),
        (NUMBERS, [[1, True]], ("/0/1", "wrong_type")),
        (NUMBERS, [[1, "2"]], ("/0/1", "wrong_type")),
        (NUMBERS, [[1, 2], [DEEP, DEEP]], ("/1/0", "wrong_type")),
        (NUMBERS, [[[1], [2]]], ("/0/0", "wrong_type")),
        (NUMBERS, [[1, None]], ("/0/1", "missing_value")),
        (NUMBERS, [[1, float("nan")]], ("/0/1", "not_finite")),
        (NUMBERS, [[1, -float("inf")]], ("/0/1", "not_finite")),
        (NUMBERS, [[1, 2], [10**400, 2]], ("/1/0", "too_large")),
        (NUMBERS, [[1, 2], [2, 1e300]], ("/1/1", "too_large")),
        (NUMBERS, [[1, 10**300]], ("/0/1", "too_large")),
        (FILLED, [[float("nan"), 1]], ("/0/0", "not_finite")),
        (FILLED, [[None, 1], [None, None]], ("/1/1", "missing_value")),
        (MIXED, [["Ulm", 1, True], ["Rom", 1, True]], ("/1/0", "unknown_category")),
        (MIXED, [[1, 1, True]], ("/0/0", "wrong_type")),
        (MIXED, [[None, 1, True]], ("/0/0", "missing_value")),
        (MIXED, [[["Ulm"], 1, True]], ("/0/0", "wrong_type")),
        (MIXED, [["Ulm", 1, 1]], ("/0/2", "wrong_type")),
        (MIXED, [["Ulm", 1, "true"]], ("/0/2", "wrong_type")),
        (MIXED, [["Ulm", "1", True]], ("/0/1", "wrong_type")),
        (MIXED, [["Ulm", 1e300, True]], ("/0/1", "too_large")),
    ],
)
def test_misuse_of_rows(refusal: Refusal, encoding: InputEncoding, rows: list[Any], expected: tuple[str, str]) -> None:
    assert refusal(encode_rows, encoding, rows) == [expected]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], ("", "empty")),
        ([{"a": 1, "to/wn": "Ulm"}, [1]], ("/1", "wrong_type")),
        ([{}], ("/0", "missing_value")),
        ([{"y": 1}], ("/0", "missing_value")),
        ([{"a": 1, "to/wn": "Ulm", "ag": 1}], ("/0/ag", "unknown_column")),
        ([{"a": 1, "to/wn": "Ulm", "x~/y": 1}], ("/0/x~0~1y", "unknown_column")),
        ([{"a": 1}], ("/0/to~1wn", "missing_value")),
        ([{"a": 1, "to/wn": "Rom"}], ("/0/to~1wn", "unknown_category")),
        ([{"a": True, "to/wn": "Ulm"}], ("/0/a", "wrong_type")),
        ([{"a": 1e300, "to/wn": "Ulm"}], ("/0/a", "too_large")),
    ],
)
def test_misuse_of_records(refusal: Refusal, records: list[Any], expected: tuple[str, str]) -> None:
    assert refusal(encode_records, MIXED, BESIDE, records) == [expected]


@pytest.mark.parametrize(
    ("encoding", "rows", "expected"),
    [
        (NUMBERS, np.zeros((0, 2)), ("", "wrong_shape")),
        (NUMBERS, np.zeros(2), ("", "wrong_shape")),
        (NUMBERS, np.zeros((1, 3)), ("", "wrong_shape")),
        (NUMBERS, np.zeros((1, 2), dtype=bool), ("", "wrong_shape")),
        (NUMBERS, np.array([["1", "2"]]), ("", "wrong_shape")),
        (NUMBERS, np.array([[1.0, np.nan]]), ("/0/1", "missing_value")),
        (FILLED, np.array([[np.inf, 1.0]]), ("/0/0", "not_finite")),
        (NUMBERS, np.array([[1.0, 2.0], [1e300, 2.0]]), ("/1/0", "too_large")),
        (MIXED, np.zeros((1, 3)), ("", "wrong_type")),
    ],
)
def test_misuse_of_arrays(
    refusal: Refusal, encoding: InputEncoding, rows: np.ndarray[Any, Any], expected: tuple[str, str]
) -> None:
    assert refusal(encode_array, encoding, rows) == [expected]


def test_the_array_handed_in_is_left_as_it_was() -> None:
    rows = np.array([[1.0, 2.0]])
    encode_array(NUMBERS, rows)
    assert rows.tolist() == [[1.0, 2.0]]


def test_what_a_feature_knows_is_said() -> None:
    with pytest.raises(InvalidError, match="'to/wn' knows 'Bonn', 'Ulm' only"):
        encode_rows(MIXED, [["Rom", 1, True]])
    with pytest.raises(InvalidError, match="did you mean 'paid'"):
        encode_records(MIXED, BESIDE, [{"a": 1, "to/wn": "Ulm", "payed": True}])


def test_every_bad_row_is_named_whatever_is_wrong_with_it(refusal: Refusal) -> None:
    rows = [[1, 2], [1], 3, ["a", "b"], [1, 2], [None, 1]]
    expected = [("/1", "wrong_length"), ("/2", "wrong_type"), ("/3/0", "wrong_type"), ("/5/0", "missing_value")]
    assert refusal(encode_rows, NUMBERS, rows) == expected
    records = [{"a": 1, "to/wn": "Ulm"}, {"b": 1}, {"a": "x", "to/wn": "Ulm"}]
    assert refusal(encode_records, MIXED, BESIDE, records) == [("/1/b", "unknown_column"), ("/2/a", "wrong_type")]
    array = np.array([[1.0, 2.0], [np.inf, np.nan], [1.0, np.nan]])
    assert refusal(encode_array, NUMBERS, array) == [("/1/0", "not_finite"), ("/2/1", "missing_value")]
    assert refusal(encode_rows, NUMBERS, [[1e300, 1], [1, 1], [1, 1e300]]) == [
        ("/0/0", "too_large"),
        ("/2/1", "too_large"),
    ]


def test_as_many_bad_rows_are_named_as_a_person_may_read(refusal: Refusal) -> None:
    assert len(refusal(encode_rows, NUMBERS, [["a", 1]] * 1000)) == MOST_NAMED


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["Ulm", "Bonn", "", "1", 10**400, -(10**400), 1e300, DEEP, {}]),
)


@given(st.sampled_from([NUMBERS, FILLED, MIXED]), st.data())
def test_any_cells_are_encoded_finite_or_refused_at_the_first_bad_one_of_each_row(
    encoding: InputEncoding, data: st.DataObject
) -> None:
    width = len(encoding.features)
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=4))
    bad = [
        f"/{row}/{refused[0]}"
        for row, cells in enumerate(rows)
        if (refused := [place for place, cell in enumerate(cells) if encoding.features[place].refusal(cell)])
    ]
    try:
        x = encode_rows(encoding, rows)
    except InvalidError as error:
        told = [problem.pointer for problem in error.problems if problem.code != "too_large" or bad]
        assert told == bad, "a number beyond the dtype is told where every cell is sound"
    else:
        assert not bad
        assert np.isfinite(x).all()
