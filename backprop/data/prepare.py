"""From a table and a complete spec to the arrays that the network trains on, validates on and is tested on."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backprop.data.encoding import Encoding
from backprop.data.inputs import Matrix
from backprop.data.parts import parts_of
from backprop.data.roles import Roles, roles
from backprop.data.room import Room
from backprop.data.splits import Indices, Split
from backprop.data.table import Table
from backprop.errors import InvalidError, Problem
from backprop.spec import DataSpec, JobSpec, TrainingSpec

Said = tuple[tuple[str, Any], ...]  # fields of a spec, and what they hold


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of the table, encoded.

    `rows` are their numbers in the table; `x`, (rows, inputs), and `y`, (rows, outputs), are C-contiguous, finite, of
    the spec's dtype, and not to be written to.
    """

    table: Table
    encoding: Encoding
    rows: Indices
    x: Matrix
    y: Matrix

    @cached_property
    def truth(self) -> list[Any]:
        """The rows' target as `Encoding.decode` gives predictions; made when it is first asked for."""
        return self.encoding.y.truth(self.table, self.rows)


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

    InvalidError, by pointers into the spec, where its roles, split or preprocessing cannot be had with this table.
    """
    if spec.data.builtin is None:
        return _fit(table, spec)
    said = {name: getattr(spec, name) for name in ("target", "features", "ignore", "weight", "task", "split")}
    return _fit_again(table, spec.data, (*said.items(), ("preprocessing", spec.preprocessing)), spec.training.dtype)


@lru_cache(maxsize=64)
def _fit_again(
    table: Table, data: DataSpec, said: Said, dtype: Literal["float32", "float64"]
) -> tuple[Encoding, Split]:
    """Return what `fit` does of a built-in set, which never changes: it is fitted once for all jobs that say the same.

    `said` is all of a spec that decides on columns and rows.
    """
    return _fit(table, JobSpec(data, training=TrainingSpec(dtype=dtype), **dict(said)))


def _fit(table: Table, spec: JobSpec) -> tuple[Encoding, Split]:
    _check_targets(table, roles(table, spec))
    _weight(table, spec)
    parts = parts_of(table, spec)
    return encoding_of(table, spec, parts), parts


def encoding_of(table: Table, spec: JobSpec, parts: Split) -> Encoding:
    """Return the encoding learnt from the training rows of these parts, maybe a fold's. InvalidError as `fit`."""
    return Encoding.fit(table, parts.train, roles(table, spec), spec.preprocessing, spec.training.dtype)


IN_MEMORY = Room()


def prepare(table: Table, spec: JobSpec, parts: Split | None = None, room: Room = IN_MEMORY) -> Prepared:
    """Return the parts as arrays and their encoding, of a fold where `parts` are its own, else of the job.

    InvalidError as `fit`, and for what cannot be encoded.
    """
    if parts is None:
        encoding, parts = fit(table, spec)
    else:
        encoding = encoding_of(table, spec, parts)
    weight = _weight(table, spec)

    def part(rows: Indices) -> Part:
        return Part(table, encoding, rows, *room.arrays(table, encoding, rows, spec.data.dataset))

    return Prepared(
        encoding,
        part(parts.train),
        part(parts.validation) if len(parts.validation) else None,
        part(parts.test) if len(parts.test) else None,
        None if weight is None else weight[parts.train],
    )


def _check_targets(table: Table, chosen: Roles) -> None:
    for name in chosen.target:
        missing = np.flatnonzero(table.column(name).missing)
        if len(missing):
            more = f" and in {len(missing) - 1} more" if len(missing) > 1 else ""
            detail = f"the target {name!r} has no value in row {missing[0]}{more}"
            raise InvalidError([Problem("#/target", "missing_value", detail)])


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
