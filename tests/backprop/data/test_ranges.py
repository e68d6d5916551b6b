"""What training saw nothing like is told, cell by cell; what it saw, and what is missing, is not."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop.data.encoding import Encoding
from backprop.data.features import Categorical, Feature, Moment, Numeric, Ordinal
from backprop.data.flaws import MOST_NAMED
from backprop.data.inputs import InputEncoding
from backprop.data.targets import ValueEncoding
from backprop.datasets.times import microseconds_of

DAY = microseconds_of("2030-01-31")
AGE = Numeric("age", 40.0, 12.0, 40.0, least=18.0, most=65.5)


def encoding(*features: Feature) -> Encoding:
    return Encoding(InputEncoding(features, "float32"), ValueEncoding(("y",), (0.0,), (1.0,)), ())


def outside(feature: Feature, *cells: Any) -> list[int]:
    """The rows of a single feature that are warned of."""
    made, rows = encoding(feature), [[cell] for cell in cells]
    return [int(found.pointer.split("/")[1]) for found in made.outside(made.encode_instances(rows), rows)]


def test_numbers_beyond_both_ends_are_told_and_the_ends_are_not() -> None:
    assert outside(AGE, 18, 65.5, 30, 17.9, 66, None, -1e30) == [3, 4, 6]
    assert outside(Numeric("age", 0.0, 1.0, None, least=0.0, most=0.0), 0, -0.0, 1e-30) == [2]


def test_a_missing_value_is_not_outside_whatever_fills_it() -> None:
    assert outside(Numeric("age", 40.0, 12.0, 0.0, least=18.0, most=65.5, indicator=True), None, 0) == [1]


def test_ranks_times_and_categories_are_told_too() -> None:
    assert outside(Numeric("age", 0.0, 1.0, None, knots=(1.0, 2.0, 3.0), least=1.0, most=3.0), 0.5, 2, 3.5) == [0, 2]
    moment = Moment("at", DAY, 1e9, None, ("day",), least=DAY, most=DAY + 1e6)
    assert outside(moment, "2030-01-31", "2030-01-31T00:00:01Z", "2030-01-30", "2031-01-01") == [2, 3]
    assert outside(Ordinal("size", "text", ("l", "s"), 0.0, 1.0, None, "ignore"), "s", "m") == [1]
    assert outside(Categorical("town", "text", ("Bonn",), "Bonn", ("Ulm",), unseen="ignore"), "Ulm", "Rom", None) == [1]


def test_what_a_model_did_not_keep_is_not_told() -> None:
    assert outside(Numeric("age", 40.0, 12.0, None), -1e30, 1e30) == []
    assert outside(Moment("at", 0.0, 1.0, None), "2030-01-30") == []
    assert outside(Categorical("town", "text", ("Bonn",), None, pooled=True, unseen="pooled"), "Rom") == []


def test_a_warning_names_the_cell_the_feature_and_its_range() -> None:
    made = encoding(AGE, Categorical("a/b", "text", ("u",), None, unseen="ignore"))
    for instances, pointers in (
        ([[70, "u"], [20, "v"]], ["/0/0", "/1/1"]),
        ([{"age": 70, "a/b": "u"}, {"a/b": "v"}], ["/0/age", "/1/a~1b"]),
    ):
        found = made.outside(made.encode_instances(instances), instances)
        assert [warning.pointer for warning in found] == pointers
        assert found[0].detail == "'age' went from 18.0 to 65.5 in training"
        assert {warning.code for warning in found} == {"outside_training"}


def test_arrays_are_looked_at_as_lists_are() -> None:
    made, rows = encoding(AGE, AGE), np.array([[20.0, 70.0], [np.nan, 30.0], [0.0, 20.0]])
    assert [found.pointer for found in made.outside(made.encode_instances(rows), rows)] == ["/0/1", "/2/0"]


def test_a_hundred_are_told() -> None:
    assert outside(AGE, *[99] * 1000) == [*range(MOST_NAMED)]


@given(st.lists(st.floats(-1e30, 1e30), min_size=2, max_size=5), st.floats(-1e9, 1e9), st.floats(1e-3, 1e9), st.data())
def test_what_lies_within_is_never_told(seen: list[float], offset: float, scale: float, data: st.DataObject) -> None:
    least, most = min(seen), max(seen)
    feature = Numeric("v", offset, scale, None, least=least, most=most)
    assert outside(feature, *seen, data.draw(st.floats(least, most))) == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_range_is_kept_with_the_encoding(kept: bool) -> None:
    described = encoding(AGE).to_json()
    if not kept:  # as models of long ago were
        del described["features"][0]["least"], described["features"][0]["most"]
    assert Encoding.from_json(described).x.features == ((AGE,) if kept else (Numeric("age", 40.0, 12.0, 40.0),))
