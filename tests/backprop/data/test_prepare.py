"""Real sets, mixed tables with gaps, and impossible wishes go through `prepare`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from backprop.data.builtin import BUILTINS, load
from backprop.data.inline import table_from_arrays, table_from_rows
from backprop.data.prepare import fit, prepare
from backprop.data.table import Table
from backprop.spec import DataSpec, JobSpec, PreprocessingSpec, SplitSpec, TrainingSpec

Refusal = Callable[..., list[tuple[str, str]]]
FLOAT64 = TrainingSpec(dtype="float64")
RAW = PreprocessingSpec(numeric="none", missing="error")


def _spec(*target: str, **given: Any) -> JobSpec:
    return JobSpec(DataSpec(dataset="ds_1"), target=target, **given)


def test_the_tutorials_iris_is_scikit_learns_split_bit_for_bit() -> None:
    x, y = load_iris(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=20, random_state=4)
    spec = _spec("species", split=SplitSpec(test=20, random_state=4), preprocessing=RAW, training=FLOAT64)
    prepared = prepare(load("iris"), spec)
    assert prepared.validation is None
    assert prepared.test is not None
    assert np.array_equal(prepared.train.x, x_train)
    assert np.array_equal(prepared.train.y, np.eye(3)[y_train])
    assert np.array_equal(prepared.test.x, x_test)
    assert np.array_equal(prepared.test.y, np.eye(3)[y_test])


@pytest.mark.parametrize("name", BUILTINS)
def test_every_built_in_set_is_prepared_in_three_parts(name: str) -> None:
    table = load(name)
    spec = _spec(BUILTINS[name].target, split=SplitSpec(test=0.2, validation=0.2))
    prepared = prepare(table, spec)
    parts = [part for part in (prepared.train, prepared.validation, prepared.test) if part is not None]
    assert sorted(np.concatenate([part.rows for part in parts]).tolist()) == list(range(table.rows))
    for part in parts:
        assert part.x.shape == (len(part.rows), prepared.encoding.inputs)
        assert part.y.shape == (len(part.rows), prepared.encoding.outputs)
        assert part.x.dtype == part.y.dtype == np.float32
        assert part.x.flags.c_contiguous
        assert part.y.flags.c_contiguous
        assert len(part.truth) == len(part.rows)


def test_encodings_are_fitted_on_the_training_rows_alone() -> None:
    x, y = load("diabetes"), "progression"
    prepared = prepare(x, _spec(y, split=SplitSpec(test=100), training=FLOAT64))
    assert prepared.test is not None
    raw = np.stack([column.values for column in x.columns], axis=1)
    scaler = StandardScaler().fit(raw[prepared.train.rows])
    scaled = np.concatenate([prepared.test.x, prepared.test.y], axis=1)
    assert np.allclose(scaled, scaler.transform(raw[prepared.test.rows]), rtol=1e-12, atol=1e-12)
    assert prepared.test.truth == raw[prepared.test.rows, -1].tolist()


def test_several_targets_are_scaled_each_by_its_own() -> None:
    table, features, target = table_from_arrays([[1], [2], [3]], [[1, 10], [2, 20], [3, 60]])
    prepared = prepare(table, _spec(*target, features=features))
    assert prepared.encoding.task == "regression"
    assert np.allclose(prepared.train.y.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(prepared.train.y.std(axis=0), 1, atol=1e-6)
    assert prepared.train.truth == [[1.0, 10.0], [2.0, 20.0], [3.0, 60.0]]


def test_target_none_leaves_values_in_their_own_units() -> None:
    prepared = prepare(load("diabetes"), _spec("progression", preprocessing=PreprocessingSpec(target="none")))
    assert prepared.train.y[0, 0] == 151.0


GAPPY = table_from_rows(
    ["age", "town", "y"],
    [[1, "a", 0.5], [None, "b", 1.5], [3, None, 2.5], [4, "b", 3.5], [5, "b", 4.5], [None, None, 5.5]],
)


def test_gaps_are_filled_by_default() -> None:
    prepared = prepare(GAPPY, _spec("y"))
    assert prepared.train.x[:, 1:].tolist() == [[1, 0], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1]]
    assert prepared.train.x[1, 0] == 0.0  # the mean, once scaled


def test_rows_with_gaps_are_dropped_after_the_split() -> None:
    spec = _spec("y", split=SplitSpec(test=2), preprocessing=PreprocessingSpec(missing="drop"))
    whole = {0, 3, 4}
    kept = train_test_split(np.arange(6), test_size=2, random_state=0)
    encoding, parts = fit(GAPPY, spec)
    assert [parts.train.tolist(), parts.test.tolist()] == [[row for row in rows if row in whole] for rows in kept]
    assert encoding.inputs == prepare(GAPPY, spec).train.x.shape[1]


def test_a_part_whose_rows_are_all_dropped_is_none() -> None:
    table = table_from_rows(["a", "y"], [[None, 0.5], [1, 1.5]])
    split = SplitSpec(test=1, random_state=_drawing(0, rows=2, test=1))
    assert prepare(table, _spec("y", split=split, preprocessing=PreprocessingSpec(missing="drop"))).test is None


def test_a_category_or_class_that_only_held_out_rows_have_sinks_nothing() -> None:
    table = table_from_rows(["town", "y"], [["a", "x"]] * 9 + [["b", "w"]] * 9 + [["rare", "z"]])
    split = SplitSpec(test=2, random_state=_drawing(18, rows=19, test=2))
    prepared = prepare(table, _spec("y", split=split))
    assert prepared.test is not None
    assert prepared.encoding.classes == ("w", "x", "z")
    place = prepared.test.rows.tolist().index(18)
    assert prepared.test.x[place].tolist() == [0.0, 0.0]
    assert prepared.test.y[place].tolist() == [0.0, 0.0, 1.0]


def _drawing(row: int, *, rows: int, test: int) -> int:
    """Return a random_state whose test rows include `row`."""
    draws = ((state, train_test_split(np.arange(rows), test_size=test, random_state=state)[1]) for state in range(99))
    return next(state for state, drawn in draws if row in drawn)


def test_stratified_parts_hold_the_classes_in_proportion() -> None:
    prepared = prepare(load("iris"), _spec("species", split=SplitSpec(test=30, stratify=True)))
    assert prepared.test is not None
    assert sorted(prepared.test.truth) == ["setosa"] * 10 + ["versicolor"] * 10 + ["virginica"] * 10


@pytest.mark.parametrize(
    ("table", "spec", "expected"),
    [
        (GAPPY, _spec("y", preprocessing=RAW), ("#/preprocessing/missing", "missing_value")),
        (GAPPY, _spec("age"), ("#/target", "missing_value")),
        (GAPPY, _spec("town"), ("#/target", "missing_value")),
        (GAPPY, _spec("y", split=SplitSpec(test=6)), ("#/split/test", "no_training_rows")),
        (GAPPY, _spec("y", split=SplitSpec(test=1, stratify=True)), ("#/split/stratify", "conflict")),
        (
            table_from_rows(["a", "y"], [[None, 0.5], [None, 1.5]]),
            _spec("y", preprocessing=PreprocessingSpec(missing="drop")),
            ("#/preprocessing/missing", "no_training_rows"),
        ),
        (table_from_rows(["a", "y"], [[None, 0.5], [None, 1.5]]), _spec("y"), ("#/features", "missing_value")),
    ],
)
def test_impossible_wishes(refusal: Refusal, table: Table, spec: JobSpec, expected: tuple[str, str]) -> None:
    assert refusal(prepare, table, spec) == [expected]


def test_float64_takes_what_float32_cannot(refusal: Refusal) -> None:
    table = table_from_rows(["a", "y"], [[1e300, 0.5], [1, 1.5]])
    spec = _spec("y", preprocessing=RAW)
    assert refusal(prepare, table, spec) == [("#/training/dtype", "too_large")]
    assert prepare(table, replace(spec, training=FLOAT64)).train.x[0, 0] == 1e300


GROUPED = table_from_rows(
    ["who", "at", "part", "w", "x", "y"],
    [[f"p{n % 6}", n, ["train", "test"][n % 3 == 2], n % 4, float(n), "ab"[n % 2]] for n in range(30)],
)


@pytest.mark.parametrize(
    ("split", "test"),
    [
        (SplitSpec(group="who", test=2), {n for n in range(30) if n % 6 in {2, 5}}),
        (SplitSpec(time="at", test=4), {26, 27, 28, 29}),
        (SplitSpec(column="part"), {n for n in range(30) if n % 3 == 2}),
    ],
    ids=["group", "time", "column"],
)
def test_rows_are_held_out_by_a_column(split: SplitSpec, test: set[int]) -> None:
    prepared = prepare(GROUPED, _spec("y", split=split))
    assert prepared.test is not None
    assert set(prepared.test.rows.tolist()) == test
    assert not {split.group, split.column} & set(prepared.encoding.features)


def test_a_column_says_how_much_each_training_row_counts() -> None:
    prepared = prepare(GROUPED, _spec("y", weight="w", split=SplitSpec(test=5)))
    assert prepared.weight is not None
    assert prepared.weight.tolist() == (prepared.train.rows % 4).tolist()
    assert "w" not in prepared.encoding.features


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"weight": "who"}, ("#/weight", "conflict")),
        ({"split": SplitSpec(time="who")}, ("#/split/time", "conflict")),
        ({"split": SplitSpec(time="at", group="who")}, ("#/split/time", "conflict")),
        ({"split": SplitSpec(group="who", stratify=True)}, ("#/split/stratify", "conflict")),
        ({"split": SplitSpec(group="who", test=6)}, ("#/split/test", "no_training_rows")),
    ],
)
def test_roles_that_cannot_be_are_refused(refusal: Refusal, given: dict[str, Any], problem: tuple[str, str]) -> None:
    assert refusal(prepare, GROUPED, _spec("y", **given)) == [problem]
