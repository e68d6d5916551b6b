"""From a table and a complete spec to the arrays that the network trains on, validates on and is tested on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.encoding import Encoding
from backprop.data.inputs import Matrix
from backprop.data.roles import Roles, roles
from backprop.data.splits import Indices, Split, split, split_by_column, split_by_group, split_by_time
from backprop.data.table import Column, Table, objects
from backprop.data.targets import has_label
from backprop.errors import InvalidError, Problem
from backprop.spec import JobSpec


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of the table, encoded.

    `rows` are their numbers in the table; `x`, (rows, inputs), and `y`, (rows, outputs), are C-contiguous, finite and
    of the spec's dtype; `truth` is their target as `Encoding.decode` gives predictions.
    """

    rows: Indices
    x: Matrix
    y: Matrix
    truth: list[Any]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A job's data, ready: the encoding learnt from the training rows, and the parts; None where one has no row.

    `weight`, (training rows,), is how much each counts by the column that says so; None without one.
    """

    encoding: Encoding
    train: Part
    validation: Part | None
    test: Part | None
    weight: NDArray[np.float64] | None = None


def fit(table: Table, spec: JobSpec) -> tuple[Encoding, Split]:
    """Return the encoding and the rows of each part, without making arrays: enough to know a job's sizes.

    Rows with missing features are gone under `missing` "drop". InvalidError, by pointers into the spec, where its
    roles, split or preprocessing cannot be had with this table.
    """
    chosen = roles(table, spec)
    _check_targets(table, chosen)
    _weight(table, spec)
    parts = _present(table, chosen, _split(table, spec, chosen)) if _drops(spec) else _split(table, spec, chosen)
    return Encoding.fit(table, parts.train, chosen, spec.preprocessing, spec.training.dtype), parts


def prepare(table: Table, spec: JobSpec) -> Prepared:
    """Return the parts as arrays and their encoding; InvalidError as `fit`, and for what cannot be encoded."""
    encoding, parts = fit(table, spec)
    weight = _weight(table, spec)
    return Prepared(
        encoding,
        _part(encoding, table, parts.train),
        _part(encoding, table, parts.validation) if len(parts.validation) else None,
        _part(encoding, table, parts.test) if len(parts.test) else None,
        None if weight is None else weight[parts.train],
    )


def _part(encoding: Encoding, table: Table, rows: Indices) -> Part:
    x, y = encoding.encode_table(table, rows), encoding.encode_targets(table, rows)
    return Part(rows, x, y, encoding.y.truth(table, rows))


def _check_targets(table: Table, chosen: Roles) -> None:
    for name in chosen.target:
        missing = np.flatnonzero(table.column(name).missing)
        if len(missing):
            more = f" and in {len(missing) - 1} more" if len(missing) > 1 else ""
            detail = f"the target {name!r} has no value in row {missing[0]}{more}"
            raise InvalidError([Problem("#/target", "missing_value", detail)])


def _split(table: Table, spec: JobSpec, chosen: Roles) -> Split:
    given = spec.split
    named = [key for key in ("group", "time", "column") if getattr(given, key) is not None]
    if len(named) > 1 or (named and given.stratify):
        other = named[1] if len(named) > 1 else "stratify"
        raise InvalidError([Problem(f"#/split/{other}", "conflict", f"rows are parted by {named[0]} already")])
    if given.column is not None:
        return split_by_column(table, given, given.column)
    if given.group is not None:
        return split_by_group(_groups(table.column(given.group)), given)
    if given.time is not None:
        return split_by_time(_times(table.column(given.time)), given)
    return split(table.rows, spec.split, _strata(table, chosen) if given.stratify else None)


def _strata(table: Table, chosen: Roles) -> NDArray[Any] | None:
    """Return what rows are stratified by: their classes, or which labels they have, all together as in scikit-learn."""
    columns = [table.column(name) for name in chosen.target]
    if chosen.task == "classification":
        return objects(columns[0].scalars(slice(None)))
    if chosen.task == "multi_label":
        flags = np.stack([has_label(column) for column in columns], axis=1).astype(np.intp)
        return objects([" ".join(map(str, row)) for row in flags.tolist()])
    return None


def _groups(column: Column) -> NDArray[np.intp]:
    """Return a number for each row's group; rows that lack theirs are one group."""
    if not column.is_number:
        return column.coded[0].astype(np.intp)
    _, groups = np.unique(column.values, return_inverse=True)
    return groups


def _times(column: Column) -> NDArray[np.float64]:
    if not column.is_number:
        raise InvalidError([Problem("#/split/time", "conflict", f"{column.name!r} is {column.kind}, and no time")])
    missing = np.flatnonzero(column.missing)
    if len(missing):
        detail = f"{column.name!r} has no value in row {missing[0]}"
        raise InvalidError([Problem("#/split/time", "missing_value", detail)])
    return column.values


def _weight(table: Table, spec: JobSpec) -> NDArray[np.float64] | None:
    """Return how much each row counts by the column that says so. InvalidError where one is no number of at least 0."""
    if spec.weight is None:
        return None
    column = table.column(spec.weight)
    if column.kind != "numeric":
        detail = f"a weight is a number, and {column.name!r} is {column.kind}"
        raise InvalidError([Problem("#/weight", "conflict", detail)])
    bad = np.flatnonzero(~(column.values >= 0))
    if len(bad):
        detail = f"a weight is a number of at least 0, and {column.name!r} has none in row {bad[0]}"
        raise InvalidError([Problem("#/weight", "out_of_range", detail)])
    return column.values


def _drops(spec: JobSpec) -> bool:
    return spec.preprocessing.missing == "drop"


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
