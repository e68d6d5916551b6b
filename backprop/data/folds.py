"""Folds: a job's training rows parted k times into rows to train on and rows held out, by scikit-learn's splitters."""

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

from backprop.codes import ProblemCode
from backprop.data.parts import groups_of, strata_of
from backprop.data.roles import roles
from backprop.data.splits import Indices, Split
from backprop.data.table import Column, Table
from backprop.errors import InvalidError, Problem
from backprop.spec import JobSpec


def folds_of(table: Table, spec: JobSpec, parts: Split) -> tuple[Split, ...]:
    """Return the folds of a job's training rows, each held out as one's validation rows; none where it asks for none.

    They are those of KFold, shuffled by `random_state`; StratifiedKFold likewise where the split is stratified,
    GroupKFold where it has groups, TimeSeriesSplit where it goes by time. InvalidError, at `#/split/folds`, where the
    rows, groups or classes are too few, at `#/split/column` where that holds out validation rows, too, and at
    `#/features` for one that has no value in a fold's training rows.
    """
    given = spec.split
    if given.folds is None:
        return ()
    if given.column is not None and len(parts.validation):
        detail = "each fold's held-out rows validate it; let the column say train and test alone, or leave out folds"
        raise _invalid("column", "conflict", detail)
    rows = parts.train
    drawn = _draw(table, spec, given.folds, rows)
    folds = tuple(Split(rows[kept], rows[held], rows[:0]) for kept, held in drawn)
    for name in roles(table, spec).features:
        _check_any_value(table.column(name), folds)
    return folds


def _draw(table: Table, spec: JobSpec, folds: int, rows: Indices) -> list[tuple[Indices, Indices]]:
    """Return the places in `rows` that each fold trains on, and those that it holds out."""
    given = spec.split
    _check_enough(folds + (given.time is not None), len(rows), "rows to train on")
    if given.time is not None:
        return [*TimeSeriesSplit(folds).split(rows)]
    if given.group is not None:
        groups = groups_of(table.column(given.group))[rows]
        _check_enough(folds, len(np.unique(groups)), f"groups of {given.group!r}")
        return [*GroupKFold(folds).split(rows, groups=groups)]
    strata = strata_of(table, roles(table, spec)) if given.stratify else None
    if strata is not None:
        labels, places, sizes = np.unique(strata[rows], return_inverse=True, return_counts=True)
        smallest = int(np.argmin(sizes))
        label = labels[smallest : smallest + 1].tolist()[0]
        _check_enough(folds, int(sizes[smallest]), f"rows of class {label!r} to train on")
        # By their places, since it takes no labels that are true, false or objects.
        return [*StratifiedKFold(folds, shuffle=True, random_state=given.random_state).split(rows, places)]
    return [*KFold(folds, shuffle=True, random_state=given.random_state).split(rows)]


def _check_enough(needed: int, there: int, what: str) -> None:
    if there < needed:
        raise _invalid("folds", "too_few_rows", f"there are {there} {what}, and so many folds take {needed} or more")


def _check_any_value(column: Column, folds: Sequence[Split]) -> None:
    for number, fold in enumerate(folds, 1):
        if column.missing[fold.train].all():
            detail = f"column {column.name!r} has no value in the rows that fold {number} trains on"
            raise InvalidError([Problem("#/features", "missing_value", detail)])


def _invalid(field: str, code: ProblemCode, detail: str) -> InvalidError:
    return InvalidError([Problem(f"#/split/{field}", code, detail)])
