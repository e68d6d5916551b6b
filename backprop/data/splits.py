"""Which rows train, which validate and which test: scikit-learn's train_test_split, once for each part held out."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from backprop.codes import ProblemCode
from backprop.data.table import Table
from backprop.errors import InvalidError, Problem
from backprop.spec import SplitSpec

Indices = NDArray[np.intp]
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of each part, in the order in which scikit-learn draws them; a part not asked for is empty."""

    train: Indices
    validation: Indices
    test: Indices


def split(rows: int, spec: SplitSpec, labels: NDArray[Any] | None = None) -> Split:
    """Return the parts of `rows` rows.

    The test rows are those of `train_test_split(rows, test_size=test, random_state=random_state)`; the validation rows
    are drawn in the same way from what that leaves, a share being one of all rows. `labels`, (rows,), are the classes,
    needed where `spec.stratify` is set. InvalidError where no row would be left to train on, at `#/split/test` or
    `#/split/validation`, or where the classes are too small to stratify, at `#/split/stratify`.
    """
    if spec.stratify and labels is None:
        raise _invalid("stratify", "conflict", "only classes can be stratified, and the target is values")
    test, validation = count(rows, spec.test), count(rows, spec.validation)
    if test >= rows:
        raise _invalid("test", "no_training_rows", f"{test} of {rows} rows are for testing, none is left to train on")
    if test + validation >= rows:
        detail = f"{validation} of {rows} rows are for validation and {test} for testing, none is left to train on"
        raise _invalid("validation", "no_training_rows", detail)
    strata = labels if spec.stratify else None
    rest, tested = _cut(np.arange(rows), test, spec.random_state, strata)
    train, validated = _cut(rest, validation, spec.random_state, strata)
    return Split(train, validated, tested)


def split_by_column(table: Table, spec: SplitSpec, column: str) -> Split:
    """Return the parts that a column names for each row: validation, test, and train for a missing value, too.

    InvalidError, at `#/split/column`, for another name, or where no row is left to train on.
    """
    given = [("train" if value is None else value) for value in table.column(column).scalars(slice(None))]
    for row, name in enumerate(given):
        if name not in PARTS:
            raise _invalid("column", "unknown_name", f"row {row} says {name!r}; the parts are {', '.join(PARTS)}")
    if spec.test or spec.validation:
        raise _invalid("column", "conflict", "the column names each row's part; leave out test and validation")
    parts = {part: np.flatnonzero([name == part for name in given]) for part in PARTS}
    if not len(parts["train"]):
        raise _invalid("column", "no_training_rows", "the column leaves no row to train on")
    return Split(**parts)


def split_by_group(groups: NDArray[Any], spec: SplitSpec) -> Split:
    """Return parts that share no group, by scikit-learn's GroupShuffleSplit; shares and counts are of groups.

    `groups`, (rows,), numbers each row's group. InvalidError where no group would be left to train on.
    """
    wanted = len(np.unique(groups))
    chosen = split(wanted, replace(spec, stratify=False))  # for its refusals, and for how many a share is
    rest, tested = _cut_groups(np.arange(len(groups)), len(chosen.test), spec.random_state, groups)
    train, validated = _cut_groups(rest, len(chosen.validation), spec.random_state, groups)
    return Split(train, validated, tested)


def split_by_time(times: NDArray[Any], spec: SplitSpec) -> Split:
    """Return parts in the order of `times`, (rows,): the last rows are for testing, those before for validation."""
    sizes = split(len(times), replace(spec, stratify=False))
    order = np.argsort(times, kind="stable").astype(np.intp)
    held = len(order) - len(sizes.test)
    first = held - len(sizes.validation)
    return Split(order[:first], order[first:held], order[held:])


def count(rows: int, size: float) -> int:
    """Return how many of `rows` rows a size means: itself from 1 on, else a share, rounded up as scikit-learn does."""
    return int(size) if size >= 1 else int(np.ceil(size * rows))


def _cut(rows: Indices, held: int, random_state: int, labels: NDArray[Any] | None) -> tuple[Indices, Indices]:
    """Return `rows` without `held` of them, and those."""
    if held == 0:
        return rows, rows[:0]
    strata = None
    if labels is not None:
        strata = labels[rows]
        _check_strata(strata, held)
    kept, drawn = train_test_split(rows, test_size=held, random_state=random_state, stratify=strata)
    return kept, drawn


def _cut_groups(rows: Indices, held: int, random_state: int, groups: NDArray[Any]) -> tuple[Indices, Indices]:
    """Return `rows` without those of `held` groups, and these."""
    if held == 0:
        return rows, rows[:0]
    shuffled = GroupShuffleSplit(1, test_size=held, random_state=random_state)
    kept, drawn = next(shuffled.split(rows, groups=groups[rows]))
    return rows[kept], rows[drawn]


def _check_strata(labels: NDArray[Any], held: int) -> None:
    classes, sizes = np.unique(labels, return_counts=True)
    smallest = int(np.argmin(sizes))
    if sizes[smallest] < 2:
        label = classes[smallest : smallest + 1].tolist()[0]
        raise _invalid("stratify", "too_few_rows", f"class {label!r} has one row where stratifying needs two")
    if min(held, len(labels) - held) < len(classes):
        detail = f"parts of {held} and {len(labels) - held} rows cannot both hold all {len(classes)} classes"
        raise _invalid("stratify", "too_few_rows", detail)


def _invalid(field: str, code: ProblemCode, detail: str) -> InvalidError:
    return InvalidError([Problem(f"#/split/{field}", code, detail)])
