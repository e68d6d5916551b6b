"""The parts of a job's data: which rows train, which validate and which test, as its spec has them of a table."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.roles import Roles, roles
from backprop.data.splits import Split, split, split_by_column, split_by_group, split_by_time
from backprop.data.table import Column, Table, objects
from backprop.data.targets import has_label
from backprop.errors import InvalidError, Problem
from backprop.spec import JobSpec


def parts_of(table: Table, spec: JobSpec) -> Split:
    """Return the rows of each part; those that lack a feature are gone under `missing` "drop".

    InvalidError, by pointers into the spec, where its roles or split cannot be had with this table.
    """
    chosen = roles(table, spec)
    parts = _split(table, spec, chosen)
    return _present(table, chosen, parts) if spec.preprocessing.missing == "drop" else parts


def _split(table: Table, spec: JobSpec, chosen: Roles) -> Split:
    given = spec.split
    named = [key for key in ("group", "time", "column") if getattr(given, key) is not None]
    if len(named) > 1 or (named and given.stratify):
        other = named[1] if len(named) > 1 else "stratify"
        raise InvalidError([Problem(f"#/split/{other}", "conflict", f"rows are parted by {named[0]} already")])
    if given.column is not None:
        return split_by_column(table, given, given.column)
    if given.group is not None:
        return split_by_group(groups_of(table.column(given.group)), given)
    if given.time is not None:
        return split_by_time(_times(table.column(given.time)), given)
    return split(table.rows, given, strata_of(table, chosen) if given.stratify else None)


def groups_of(column: Column) -> NDArray[np.intp]:
    """Return a number for each row's group; rows that lack theirs are one group."""
    if not column.is_number:
        return column.coded[0].astype(np.intp)
    _, groups = np.unique(column.values, return_inverse=True)
    return groups


def strata_of(table: Table, chosen: Roles) -> NDArray[Any] | None:
    """Return what rows are stratified by: their classes, or which labels they have, all together as in scikit-learn."""
    columns = [table.column(name) for name in chosen.target]
    if chosen.task == "classification":
        return objects(columns[0].scalars(slice(None)))
    if chosen.task == "multi_label":
        flags = np.stack([has_label(column) for column in columns], axis=1).astype(np.intp)
        return objects([" ".join(map(str, row)) for row in flags.tolist()])
    return None


def _times(column: Column) -> NDArray[np.float64]:
    if not column.is_number:
        raise InvalidError([Problem("#/split/time", "conflict", f"{column.name!r} is {column.kind}, and no time")])
    missing = np.flatnonzero(column.missing)
    if len(missing):
        detail = f"{column.name!r} has no value in row {missing[0]}"
        raise InvalidError([Problem("#/split/time", "missing_value", detail)])
    return column.values


def _present(table: Table, chosen: Roles, parts: Split) -> Split:
    """Return the parts without the rows that lack a feature."""
    missing = np.zeros(table.rows, dtype=bool)
    for name in chosen.features:
        missing |= table.column(name).missing
    train, validation, test = (rows[~missing[rows]] for rows in (parts.train, parts.validation, parts.test))
    if not len(train):
        detail = "every training row lacks a feature, and none is left once they are dropped"
        raise InvalidError([Problem("#/preprocessing/missing", "no_training_rows", detail)])
    return Split(train, validation, test)
