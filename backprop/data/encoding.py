"""A model's encoding: what it learnt of columns from its training rows, kept with it and applied to raw rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from backprop.data import instances
from backprop.data.features import Categorical, Feature, Moment, Numeric, Ordinal
from backprop.data.fitting import fit_features
from backprop.data.inputs import BLOCK, InputEncoding, Matrix
from backprop.data.ranges import Ranges
from backprop.data.roles import Roles
from backprop.data.splits import Indices
from backprop.data.table import Scalar, Table
from backprop.data.targets import ClassEncoding, LabelEncoding, TargetEncoding, ValueEncoding
from backprop.errors import InvalidError, Problem
from backprop.spec import PreprocessingSpec, Task

_FORMAT = 1
ALWAYS = frozenset({"offset", "scale", "fill", "categories", "least", "most"})  # of a feature, in its JSON


@dataclass(frozen=True)
class Encoding:
    """How raw rows become the network's x and y, and its outputs what a person uploaded.

    The inputs' side is `x`, the target's `y`; `ignored` names the dataset's columns that are neither. A row is encoded
    to the same bits from the table, as a list and as a record.
    """

    x: InputEncoding
    y: TargetEncoding
    ignored: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        table: Table,
        rows: Indices,
        roles: Roles,
        preprocessing: PreprocessingSpec,
        dtype: Literal["float32", "float64"],
    ) -> "Encoding":
        """Return the encoding learnt from the training `rows` alone; the classes, though, are the whole column's.

        No row may lack its target. InvalidError as `fit_features` and `ValueEncoding.fit` raise it.
        """
        y: TargetEncoding
        if roles.task == "classification":
            y = ClassEncoding.fit(table.column(roles.target[0]))
        elif roles.task == "multi_label":
            y = LabelEncoding.fit(table, roles.target)
        else:
            y = ValueEncoding.fit(table, rows, roles.target, standard=preprocessing.target != "none")
        x = InputEncoding(fit_features(table, rows, roles.features, preprocessing), dtype)
        used = {*roles.features, *roles.target}
        return cls(x, y, tuple(name for name in table.names if name not in used))

    @property
    def features(self) -> tuple[str, ...]:
        """The features' names, in the order that rows have."""
        return self.x.names

    @property
    def target(self) -> tuple[str, ...]:
        """The target's columns."""
        return self.y.names

    @property
    def task(self) -> Task:
        """What the target asks for."""
        return self.y.task

    @property
    def classes(self) -> tuple[Scalar, ...] | None:
        """What each output stands for: a class, with its JSON type, or a label's name; None for a regression."""
        if isinstance(self.y, ClassEncoding):
            return self.y.labels
        return self.y.names if isinstance(self.y, LabelEncoding) else None

    @property
    def inputs(self) -> int:
        """The number of network inputs."""
        return self.x.width

    @property
    def outputs(self) -> int:
        """The number of network outputs."""
        return self.y.outputs

    def encode_table(self, table: Table, rows: Indices) -> Matrix:
        """Return x, (rows, inputs); see `InputEncoding.encode_table`."""
        return self.x.encode_table(table, rows)

    def blocks(self, table: Table, rows: Indices) -> Iterator[Matrix]:
        """Yield what `encode_table` returns, some rows at a time."""
        return self.x.blocks(table, rows)

    def target_blocks(self, table: Table, rows: Indices) -> Iterator[Matrix]:
        """Yield what `encode_targets` returns, some rows at a time."""
        return (self.encode_targets(table, rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK))

    def encode_targets(self, table: Table, rows: Indices) -> Matrix:
        """Return y, (rows, outputs), in the encoding's dtype."""
        return self.y.encode(table, rows, self.x.dtype)

    def encode_instances(self, given: Any) -> Matrix:
        """Return x, (rows, inputs), of what a request holds as `instances`: a list of rows or records, or an array.

        InvalidError with pointers relative to `instances`, such as `/3/1`, `/3/age` or the empty one.
        """
        if isinstance(given, np.ndarray):
            return instances.encode_array(self.x, given)
        if type(given) is not list:
            raise InvalidError([Problem("", "wrong_type", "instances is a list of rows or of records")])
        return self.encode_records(given) if given and type(given[0]) is dict else self.encode_rows(given)

    def encode_records(self, records: list[Any]) -> Matrix:
        """Return x, (rows, inputs), of records by column name; see `instances.encode_records`."""
        return instances.encode_records(self.x, self.beside, records)

    def encode_rows(self, rows: list[Any] | NDArray[Any]) -> Matrix:
        """Return x, (rows, inputs), of lists, or of an array of numbers in which NaN is a missing value."""
        if isinstance(rows, np.ndarray):
            return instances.encode_array(self.x, rows)
        return instances.encode_rows(self.x, rows)

    def outside(self, x: Matrix, given: Any) -> list[Problem]:
        """Return the cells of `given`, which are encoded as x, that training saw nothing like; see `Ranges.outside`."""
        return self._ranges.outside(x, given)

    def decode(self, outputs: Matrix) -> list[Any]:
        """Return what (rows, outputs) predict: classes and labels as they came, or values in the target's own units."""
        return self.y.decode(outputs)

    def to_json(self) -> dict[str, Any]:
        """Return the encoding as plain JSON, from which `from_json` makes an equal one."""
        return {
            "format": _FORMAT,
            "dtype": self.x.dtype,
            "features": [_feature_to_json(feature) for feature in self.x.features],
            "target": _target_to_json(self.y),
            "ignored": [*self.ignored],
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Encoding":
        """Return the encoding that `to_json` described; ValueError for a format of another version."""
        if kept.get("format") != _FORMAT:
            raise ValueError(f"this reads encodings of format {_FORMAT}, not {kept.get('format')!r}")
        features = tuple(_feature_from_json(feature) for feature in kept["features"])
        return cls(InputEncoding(features, kept["dtype"]), _target_from_json(kept["target"]), tuple(kept["ignored"]))

    @cached_property
    def _ranges(self) -> Ranges:
        return Ranges(self.x)

    @cached_property
    def beside(self) -> frozenset[str]:
        """What a record may hold beside features, and what counts for nothing there: target and unused columns."""
        return frozenset((*self.target, *self.ignored))


def _feature_to_json(feature: Feature) -> dict[str, Any]:
    """Return a feature as JSON, without what it does not use."""
    kept = {key: value for key, value in vars(feature).items() if key in ALWAYS or value not in (False, (), "error")}
    how = {"how": "ordinal"} if isinstance(feature, Ordinal) else {}
    return {"name": feature.name, "kind": feature.kind, **how, **{key: _listed(value) for key, value in kept.items()}}


def _feature_from_json(kept: dict[str, Any]) -> Feature:
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
    kind, how = made.pop("kind"), made.pop("how", "one_hot")
    for key in {"offset", "scale"} & made.keys():
        made[key] = float(made[key])  # a JSON store may give 1e22 back as an integer
    if kind == "numeric":
        return Numeric(**made | _floats_of(made) | {"knots": tuple(map(float, made.get("knots", ())))})
    if kind == "datetime":
        return Moment(**made | _floats_of(made))
    if how == "ordinal":
        return Ordinal(kind=kind, **made | _floats_of(made))
    return Categorical(kind=kind, **made)


def _floats_of(made: dict[str, Any]) -> dict[str, Any]:
    return {key: None if made[key] is None else float(made[key]) for key in ("fill", "least", "most") if key in made}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _target_to_json(y: TargetEncoding) -> dict[str, Any]:
    if isinstance(y, ClassEncoding):
        return {"task": y.task, "name": y.name, "classes": [*y.labels]}
    if isinstance(y, LabelEncoding):
        return {"task": y.task, "names": [*y.names], "values": [[*pair] for pair in y.values]}
    return {"task": y.task, "names": [*y.names], "offsets": [*y.offsets], "scales": [*y.scales]}


def _target_from_json(kept: dict[str, Any]) -> TargetEncoding:
    if kept["task"] == "classification":
        return ClassEncoding(kept["name"], tuple(kept["classes"]))
    if kept["task"] == "multi_label":
        return LabelEncoding(tuple(kept["names"]), tuple((no, yes) for no, yes in kept["values"]))
    return ValueEncoding(tuple(kept["names"]), tuple(map(float, kept["offsets"])), tuple(map(float, kept["scales"])))
