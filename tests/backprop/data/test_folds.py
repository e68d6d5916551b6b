"""Folds are scikit-learn's own, of the rows that are left to train on; what there are too few rows for is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

from backprop.data import Table, folds_of, load, parts_of, prepare, table_from_rows
from backprop.spec import DataSpec, JobSpec, PreprocessingSpec, SplitSpec, TrainingSpec

Refusal = Callable[..., list[tuple[str, str]]]
ROWS = 30
MIXED = table_from_rows(
    ["size", "kind", "group", "at", "part", "flag"],
    [
        [row * 0.5, f"k{row % 3}", f"g{row * 7 % 11}", (row * 13) % ROWS, "test" if row % 6 == 0 else "train", row < 4]
        for row in range(ROWS)
    ],
)


def spec_of(*, target: str = "size", preprocessing: PreprocessingSpec | None = None, **given: Any) -> JobSpec:
    data, split = DataSpec(dataset="ds_1"), SplitSpec(**given)
    return JobSpec(data, target=(target,), split=split, preprocessing=preprocessing or PreprocessingSpec())


def folds(table: Table, spec: JobSpec) -> list[tuple[list[int], list[int]]]:
    found = folds_of(table, spec, parts_of(table, spec))
    return [(fold.train.tolist(), fold.validation.tolist()) for fold in found]


def theirs(rows: np.ndarray[Any, Any], drawn: Any) -> list[tuple[list[int], list[int]]]:
    return [(rows[kept].tolist(), rows[held].tolist()) for kept, held in drawn]


def test_none_are_asked_for_by_default() -> None:
    assert folds(MIXED, spec_of()) == []


@pytest.mark.parametrize("test", [0, 7])
def test_they_are_kfolds_of_the_rows_that_are_no_test_rows(test: int) -> None:
    spec = spec_of(folds=4, test=test, random_state=5)
    rows = parts_of(MIXED, spec).train
    assert folds(MIXED, spec) == theirs(rows, KFold(4, shuffle=True, random_state=5).split(rows))


@pytest.mark.parametrize("target", ["kind", "flag"])
def test_stratified_ones_are_those_of_stratified_kfold(target: str) -> None:
    spec = spec_of(target=target, folds=3, stratify=True, random_state=2)
    labels = np.array(MIXED.column(target).scalars(slice(None)))
    drawn = StratifiedKFold(3, shuffle=True, random_state=2).split(labels, labels)
    assert folds(MIXED, spec) == theirs(np.arange(ROWS), drawn)


def test_rows_of_a_group_are_held_out_together() -> None:
    spec = spec_of(folds=3, group="group", test=2)
    rows = parts_of(MIXED, spec).train
    groups = np.array(MIXED.column("group").scalars(slice(None)))
    assert folds(MIXED, spec) == theirs(rows, GroupKFold(3).split(rows, groups=groups[rows]))
    for kept, held in folds(MIXED, spec):
        assert not {*groups[kept]} & {*groups[held]}


def test_by_time_those_held_out_come_later() -> None:
    spec = spec_of(folds=3, time="at", test=6)
    rows = parts_of(MIXED, spec).train
    assert folds(MIXED, spec) == theirs(rows, TimeSeriesSplit(3).split(rows))
    times = MIXED.column("at").values
    assert all(max(times[kept]) < min(times[held]) for kept, held in folds(MIXED, spec))


def test_a_column_may_say_which_rows_are_no_part_of_them() -> None:
    found = folds(MIXED, spec_of(folds=5, column="part"))
    assert sorted(row for _, held in found for row in held) == [row for row in range(ROWS) if row % 6]


def test_rows_that_are_dropped_are_in_no_fold() -> None:
    gappy = table_from_rows(["a", "b"], [[None if row % 5 == 0 else row, row * 0.5] for row in range(20)])
    spec = spec_of(target="b", folds=4, preprocessing=PreprocessingSpec(missing="drop"))
    assert sorted(row for _, held in folds(gappy, spec) for row in held) == [row for row in range(20) if row % 5]


def test_a_folds_encoding_is_fitted_on_its_own_training_rows() -> None:
    table = load("diabetes")
    spec = replace(spec_of(target="progression", folds=3), training=TrainingSpec(dtype="float64"))
    for fold in folds_of(table, spec, parts_of(table, spec)):
        prepared = prepare(table, spec, fold)
        assert np.allclose(prepared.train.x.mean(0), 0)
        assert np.allclose(prepared.train.x.std(0), 1)
        assert prepared.validation is not None
        assert prepared.train.rows.tolist() == fold.train.tolist()
        assert prepared.validation.rows.tolist() == fold.validation.tolist()
        assert not np.allclose(prepared.validation.x.mean(0), 0)


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({"folds": 31}, "#/split/folds", "too_few_rows"),
        ({"folds": 25, "test": 6}, "#/split/folds", "too_few_rows"),
        ({"folds": 30, "time": "at"}, "#/split/folds", "too_few_rows"),
        ({"folds": 12, "group": "group"}, "#/split/folds", "too_few_rows"),
        ({"folds": 5, "stratify": True, "target": "flag"}, "#/split/folds", "too_few_rows"),
    ],
)
def test_what_there_are_too_few_rows_for(given: dict[str, Any], pointer: str, code: str, refusal: Refusal) -> None:
    assert refusal(folds, MIXED, spec_of(**given)) == [(pointer, code)]


def test_a_column_that_names_validation_rows_is_refused(refusal: Refusal) -> None:
    parts = ["train", "validation", "test"]
    table = table_from_rows(["a", "b", "part"], [[row, row * 0.5, parts[row % 3]] for row in range(20)])
    assert refusal(folds, table, spec_of(target="b", folds=2, column="part")) == [("#/split/column", "conflict")]


def test_a_column_without_a_value_in_a_folds_rows_is_refused(refusal: Refusal) -> None:
    table = table_from_rows(["a", "b", "at"], [[row if row > 15 else None, row * 0.5, row] for row in range(20)])
    assert refusal(folds, table, spec_of(target="b", folds=3, time="at")) == [("#/features", "missing_value")]
