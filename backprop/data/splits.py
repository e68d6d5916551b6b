"""Which rows train, which validate and which test: scikit-learn's train_test_split, once for each part held out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from backprop.codes import ProblemCode
from backprop.errors import InvalidError, Problem
from backprop.spec import SplitSpec

Indices = NDArray[np.intp]


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
