"""Comparisons: figures side by side, and the smallest parts that differ."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backprop.comparison import differences, side_by_side

leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab/~", max_size=2)
keys = st.text("ab/~", max_size=2)
values = st.recursive(leaves, lambda below: st.lists(below, max_size=3) | st.dictionaries(keys, below, max_size=3))
documents = st.dictionaries(keys, values, max_size=4)


def found(left: Any, right: Any) -> dict[str, Any]:
    return dict(differences(left, right))


@given(documents)
def test_what_is_the_same_has_no_difference(document: dict[str, Any]) -> None:
    assert found(document, document) == {}


@given(documents, documents)
def test_the_sides_change_places(left: dict[str, Any], right: dict[str, Any]) -> None:
    other = {"left": "right", "right": "left"}
    swapped = {at: {other[side]: value for side, value in sides.items()} for at, sides in found(left, right).items()}
    assert found(right, left) == swapped
    assert (swapped == {}) == (left == right)


def test_each_part_that_differs_is_named_by_its_pointer() -> None:
    left = {"a": {"b/c": 1, "d": [{"units": 2}, {"units": 3}]}, "only": None, "m": [[1, 2], [3, 4]]}
    right = {"a": {"b/c": 2, "d": [{"units": 2}, {"units": 4}]}, "m": [[1, 2], [3, 5]], "new": {}}
    assert found(left, right) == {
        "/a/b~1c": {"left": 1, "right": 2},
        "/a/d/1/units": {"left": 3, "right": 4},
        "/only": {"left": None},
        "/m": {"left": [[1, 2], [3, 4]], "right": [[1, 2], [3, 5]]},
        "/new": {"right": {}},
    }
    assert found({"d": [{}]}, {"d": []}) == {"/d": {"left": [{}], "right": []}}


def test_figures_stand_side_by_side_with_their_difference() -> None:
    left = {"train": {"loss": 0.5, "r2": None}, "validation": None, "test": None}
    right = {"train": {"loss": 0.25, "r2": 0.5}, "validation": {"loss": 1.0}, "cross": {"mean": {"loss": 2.0}}}
    assert side_by_side(left, right) == {
        "train": {
            "loss": {"left": 0.5, "right": 0.25, "difference": -0.25},
            "r2": {"left": None, "right": 0.5, "difference": None},
        },
        "validation": {"loss": {"left": None, "right": 1.0, "difference": None}},
        "cross": {"mean": {"loss": {"left": None, "right": 2.0, "difference": None}}},
    }
