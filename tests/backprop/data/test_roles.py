"""The job's columns are found or refused by name, and the target's type says what the task is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from backprop.data.builtin import load
from backprop.data.inline import table_from_rows
from backprop.data.roles import Roles, infer_task, roles
from backprop.spec import DataSpec, JobSpec, SplitSpec

Refusal = Callable[..., list[tuple[str, str]]]
TABLE = table_from_rows(["age", "town", "paid", "fee"], [[1, "a", True, 0.5], [2, "b", False, 1.5]])
SPEC = JobSpec(DataSpec(dataset="ds_1"))


def test_what_a_spec_leaves_out_is_filled_in() -> None:
    assert roles(TABLE, replace(SPEC, target=("town",))) == Roles(("age", "paid", "fee"), ("town",), "classification")


def test_features_keep_the_order_that_the_spec_gives_them() -> None:
    spec = replace(SPEC, target=("fee",), features=("town", "age"))
    assert roles(TABLE, spec) == Roles(("town", "age"), ("fee",), "regression")


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (["a", "b"], "classification"),
        ([True, False], "classification"),
        ([0, 1], "classification"),
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        ([0.0, 1.0], "regression"),
        ([0, 0.5], "regression"),
    ],
)
def test_the_task_follows_from_the_targets_type(cells: list[Any], task: str) -> None:
    assert infer_task(table_from_rows(["y"], [[cell] for cell in cells]), ("y",)) == task


def test_several_targets_are_values() -> None:
    assert infer_task(load("xor"), ("x2", "y")) == "regression"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [("#/target", "required")]),
        ({"target": ("agee",)}, [("#/target", "unknown_column")]),
        ({"target": ("age", "nope")}, [("#/target/1", "unknown_column")]),
        ({"target": ("age", "age")}, [("#/target/1", "duplicate")]),
        ({"target": ("fee",), "features": ("age", "tow")}, [("#/features/1", "unknown_column")]),
        ({"target": ("fee",), "features": ("age", "age")}, [("#/features/1", "duplicate")]),
        ({"target": ("fee",), "features": ("age", "fee")}, [("#/features/1", "conflict")]),
        ({"target": ("fee",), "features": ()}, [("#/features", "required")]),
        ({"target": ("fee", "age"), "task": "classification"}, [("#/task", "conflict")]),
        ({"target": ("town",), "task": "regression"}, [("#/task", "conflict")]),
        ({"target": ("paid",), "task": "regression"}, [("#/task", "conflict")]),
        ({"target": ("x",), "features": ("y",)}, [("#/target", "unknown_column"), ("#/features/0", "unknown_column")]),
    ],
)
def test_misuse(refusal: Refusal, given: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert refusal(roles, TABLE, replace(SPEC, **given)) == expected


def test_a_single_class_cannot_be_learnt(refusal: Refusal) -> None:
    table = table_from_rows(["a", "y"], [[1, "only"], [2, "only"]])
    assert refusal(roles, table, replace(SPEC, target=("y",))) == [("#/target", "too_few_classes")]


def test_thousands_of_unknown_names_are_answered_with_the_first_twenty(refusal: Refusal) -> None:
    features = tuple(f"f{number}" for number in range(5000))
    assert len(refusal(roles, TABLE, replace(SPEC, target=("fee",), features=features))) == 20


WIDE = table_from_rows(
    ["id", "n", "same", "gone", "town", "y"], [[f"id{n}", n, 5, None, "ab"[n % 2], n % 3] for n in range(30)]
)


def test_by_default_what_says_nothing_is_no_feature() -> None:
    assert roles(WIDE, replace(SPEC, target=("y",))).features == ("n", "town")
    asked = replace(SPEC, target=("y",), features=("id", "n"))
    assert roles(WIDE, asked).features == ("id", "n")


def test_columns_of_another_role_are_no_features(refusal: Refusal) -> None:
    spec = replace(SPEC, target=("fee",), ignore=("paid",), weight="age", split=SplitSpec(group="town"))
    assert roles(TABLE, replace(spec, split=SplitSpec())).features == ("town",)
    assert refusal(roles, TABLE, spec) == [("#/features", "required")]
    asked = replace(spec, features=("age", "town", "paid"))
    assert refusal(roles, TABLE, asked) == [(f"#/features/{place}", "conflict") for place in range(3)]


def test_a_role_that_names_no_column_is_refused_by_its_place(refusal: Refusal) -> None:
    spec = replace(SPEC, target=("fee",), ignore=("x", "age"), weight="w", split=SplitSpec(group="g", time="t"))
    assert [pointer for pointer, _ in refusal(roles, TABLE, spec)] == [
        "#/ignore/0",
        "#/weight",
        "#/split/group",
        "#/split/time",
    ]
