"""Splits are scikit-learn's to the row, and what leaves nothing to train on is refused."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from backprop.data.inline import table_from_rows
from backprop.data.splits import split, split_by_column, split_by_group, split_by_time
from backprop.spec import SplitSpec

Refusal = Callable[..., list[tuple[str, str]]]
LABELS = np.array(["a", "b", "c"], dtype=object).repeat(20)


@pytest.mark.parametrize("test", [20, 0.2, 0.33, 1])
@pytest.mark.parametrize("random_state", [0, 4])
def test_test_rows_are_scikit_learns(test: float, random_state: int) -> None:
    train, held = train_test_split(np.arange(150), test_size=test, random_state=random_state)
    parts = split(150, SplitSpec(test=test, random_state=random_state))
    assert parts.train.tolist() == train.tolist()
    assert parts.test.tolist() == held.tolist()
    assert parts.validation.tolist() == []


def test_validation_rows_are_cut_from_the_rest_their_share_being_of_all() -> None:
    rest, held = train_test_split(np.arange(100), test_size=0.2, random_state=1)
    train, validation = train_test_split(rest, test_size=10, random_state=1)
    parts = split(100, SplitSpec(test=0.2, validation=0.1, random_state=1))
    assert [parts.train.tolist(), parts.validation.tolist(), parts.test.tolist()] == [
        train.tolist(),
        validation.tolist(),
        held.tolist(),
    ]


def test_stratified_rows_are_scikit_learns_both_times() -> None:
    rest, held = train_test_split(np.arange(60), test_size=0.2, random_state=3, stratify=LABELS)
    train, validation = train_test_split(rest, test_size=12, random_state=3, stratify=LABELS[rest])
    parts = split(60, SplitSpec(test=0.2, validation=0.2, stratify=True, random_state=3), LABELS)
    assert [parts.train.tolist(), parts.validation.tolist(), parts.test.tolist()] == [
        train.tolist(),
        validation.tolist(),
        held.tolist(),
    ]


def test_without_parts_held_out_all_rows_train_in_order() -> None:
    parts = split(5, SplitSpec(stratify=True), LABELS[:5])
    assert parts.train.tolist() == [0, 1, 2, 3, 4]


@given(st.integers(1, 60), st.floats(0, 0.99), st.floats(0, 0.99), st.integers(0, 2**32 - 1))
def test_the_parts_are_all_rows_once_or_a_refusal(rows: int, test: float, validation: float, seed: int) -> None:
    held = int(np.ceil(test * rows)) + int(np.ceil(validation * rows))
    if held >= rows:
        return
    parts = split(rows, SplitSpec(test=test, validation=validation, random_state=seed))
    assert sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist()) == list(range(rows))
    assert len(parts.train) == rows - held


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (SplitSpec(test=60), ("#/split/test", "no_training_rows")),
        (SplitSpec(test=1e9), ("#/split/test", "no_training_rows")),
        (SplitSpec(test=0.999), ("#/split/test", "no_training_rows")),
        (SplitSpec(validation=60), ("#/split/validation", "no_training_rows")),
        (SplitSpec(test=0.5, validation=0.5), ("#/split/validation", "no_training_rows")),
        (SplitSpec(test=2, stratify=True), ("#/split/stratify", "too_few_rows")),
        (SplitSpec(test=58, stratify=True), ("#/split/stratify", "too_few_rows")),
        (SplitSpec(test=30, validation=28, stratify=True), ("#/split/stratify", "too_few_rows")),
    ],
)
def test_misuse(refusal: Refusal, spec: SplitSpec, expected: tuple[str, str]) -> None:
    assert refusal(split, 60, spec, LABELS) == [expected]


def test_a_class_of_one_row_cannot_be_stratified(refusal: Refusal) -> None:
    labels = np.array(["a", "a", "a", "b"], dtype=object)
    assert refusal(split, 4, SplitSpec(test=2, stratify=True), labels) == [("#/split/stratify", "too_few_rows")]


def test_values_cannot_be_stratified(refusal: Refusal) -> None:
    assert refusal(split, 60, SplitSpec(test=9, stratify=True)) == [("#/split/stratify", "conflict")]


def test_groups_stay_together_as_scikit_learn_draws_them() -> None:
    groups = np.arange(60) % 12
    found = split_by_group(groups, SplitSpec(validation=2, test=0.25, random_state=3))
    parts = [set(groups[rows].tolist()) for rows in (found.train, found.validation, found.test)]
    assert [len(part) for part in parts] == [7, 2, 3]
    assert len(set.union(*parts)) == 12
    _, expected = next(GroupShuffleSplit(1, test_size=3, random_state=3).split(groups, groups=groups))
    assert (found.test == expected).all()


def test_by_time_the_last_rows_are_held_out() -> None:
    times = np.random.RandomState(0).permutation(10).astype(float)
    found = split_by_time(times, SplitSpec(validation=2, test=0.3))
    assert times[found.test].tolist() == [7, 8, 9]
    assert times[found.validation].tolist() == [5, 6]
    assert len(found.train) == 5


def test_a_column_may_name_the_parts(refusal: Callable[..., list[tuple[str, str]]]) -> None:
    table = table_from_rows(["part"], [["test"], ["train"], [None], ["validation"]])
    found = split_by_column(table, SplitSpec(), "part")
    assert (found.train.tolist(), found.validation.tolist(), found.test.tolist()) == ([1, 2], [3], [0])
    assert refusal(split_by_column, table, SplitSpec(test=1), "part") == [("#/split/column", "conflict")]
    other = table_from_rows(["part"], [["test"], ["exam"]])
    assert refusal(split_by_column, other, SplitSpec(), "part") == [("#/split/column", "unknown_name")]
    assert refusal(split_by_column, table_from_rows(["part"], [["test"]]), SplitSpec(), "part") == [
        ("#/split/column", "no_training_rows")
    ]
