"""The scorer: rows of a table, a part at a time, to the bytes of the result's columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.codes import ProblemCode
from backprop.data import Column, Encoding, Table
from backprop.data.flaws import of_table
from backprop.data.table import Scalar, objects
from backprop.datasets.storage import Entry, pack
from backprop.errors import InvalidError, Problem
from backprop.nn import Predictor
from backprop.scoring.layout import REASON, Made, output_columns, prediction_columns
from backprop.scoring.spec import ScoringSpec
from backprop.store.jobs.results import NewPart

LEAST_ROWS, MOST_ROWS = 16, 2**14
MOST_CELLS = 2**20  # of a part, network inputs and the result's columns together: some megabytes
MOST_PRODUCTS = 2**30  # of a part: less than a second, after which a pause is obeyed


@dataclass(frozen=True)
class Rejection:
    """Why a row cannot be scored, and the column where that shows."""

    code: ProblemCode
    detail: str
    column: str | None = None


@dataclass(frozen=True, eq=False)
class Scorer:
    """A model's encoding and network, and the table that they are applied to, which `check` has found to fit."""

    encoding: Encoding
    predictor: Predictor
    table: Table
    spec: ScoringSpec

    @cached_property
    def part_rows(self) -> int:
        """The rows of a part: of the same model and table always as many, so that a result is always cut alike."""
        cells = self.encoding.inputs + 2 * self.encoding.outputs + len(self.spec.include) + 1
        most = min(MOST_ROWS, MOST_CELLS // cells, MOST_PRODUCTS // self.predictor.parameters)
        return max(LEAST_ROWS, most)

    def part(self, first_row: int) -> NewPart:
        """Return the result of the part that begins with a row.

        Raises InvalidError for the first row that cannot be scored, unless such rows are to stay empty.
        """
        rows = slice(first_row, min(first_row + self.part_rows, self.table.rows))
        features = Table(tuple(self._feature(place, rows) for place in range(len(self.encoding.features))))
        scored, outputs, rejections = self._outputs(features)
        if rejections and self.spec.on_error == "fail":
            row = min(rejections)
            raise _failed(first_row + row, rejections[row])
        included = [self.table.column(name).window(rows) for name in self.spec.include]
        entries: list[Entry] = [(column.name, column.kind, column.whole, column.values) for column in included]
        entries += self._made(features.rows, scored, outputs, rejections)
        return NewPart(first_row, features.rows, len(rejections), pack(entries))

    def _feature(self, place: int, rows: slice) -> Column:
        """Return a feature's column of some rows; one without any value may have come as another kind."""
        feature = self.encoding.x.features[place]
        column = self.table.column(feature.name).window(rows)
        if column.kind == feature.kind:
            return column
        is_number = feature.kind in {"numeric", "datetime"}
        return Column(feature.name, feature.kind, np.full(column.rows, np.nan) if is_number else _nothing(column.rows))

    def _outputs(self, features: Table) -> tuple[NDArray[np.intp], NDArray[Any], dict[int, Rejection]]:
        """Return the rows that can be scored, the network's outputs for them, and why the others cannot."""
        x_encoding, names = self.encoding.x, self.encoding.features
        rejections = {
            row: Rejection(flaw.code, flaw.detail, names[flaw.feature]) for row, flaw in of_table(x_encoding, features)
        }
        rows = _others(features.rows, rejections)
        x = x_encoding.encode_filled(features, rows)
        for place in np.flatnonzero(~np.isfinite(x).all(axis=1)).tolist():
            name = names[x_encoding.feature_of(int(np.argmin(np.isfinite(x[place]))))]
            detail = f"the number is too large for {x_encoding.dtype}"
            rejections[int(rows[place])] = Rejection("too_large", detail, name)
        taken = np.isfinite(x).all(axis=1)
        rows, outputs = rows[taken], self.predictor.outputs(x[taken])
        finite = self._finite(outputs)
        for row in rows[~finite].tolist():
            rejections[row] = Rejection("not_finite", "what the network makes of this is not finite")
        return rows[finite], outputs[finite], rejections

    def _finite(self, outputs: NDArray[Any]) -> NDArray[np.bool_]:
        """Return where outputs, (rows, outputs), and the values that are predicted from them, are finite, (rows,)."""
        finite: NDArray[np.bool_] = np.isfinite(outputs).all(axis=1)
        if self.encoding.classes is None and "predictions" in self.spec.returns:
            values = np.array(self.encoding.decode(outputs)).reshape(len(outputs), -1)
            finite &= np.isfinite(values).all(axis=1)
        return finite

    def _made(
        self, count: int, rows: NDArray[np.intp], outputs: NDArray[Any], rejections: Mapping[int, Rejection]
    ) -> Iterable[Entry]:
        """Yield the columns that scoring makes, of `count` rows: those of `rows` have values."""
        if "predictions" in self.spec.returns:
            predicted = self.encoding.decode(outputs)
            made = prediction_columns(self.encoding)
            columns = [predicted] if len(made) == 1 else [*zip(*predicted, strict=True)] or [()] * len(made)
            for column, values in zip(made, columns, strict=True):
                yield _entry(column, count, rows, values)
        if "outputs" in self.spec.returns:
            for column, values in zip(output_columns(self.encoding), outputs.T, strict=True):
                yield _entry(column, count, rows, values)
        if self.spec.on_error == "null":
            where = np.array(sorted(rejections), dtype=np.intp)
            reasons = [_reason(rejections[row]) for row in where.tolist()]
            yield _entry(Made(REASON, "text"), count, where, reasons)


def _entry(column: Made, count: int, rows: NDArray[np.intp], values: Sequence[Scalar] | NDArray[Any]) -> Entry:
    """Return a column of `count` rows that has these values at `rows`, and none elsewhere."""
    filled: NDArray[Any] = np.full(count, np.nan) if column.kind == "numeric" else _nothing(count)
    if column.kind == "numeric":
        filled[rows] = np.asarray(values, dtype=np.float64)
    else:
        filled[rows] = objects(values)  # type: ignore[arg-type]  # what is no number comes as a sequence
    return column.name, column.kind, column.whole, filled


def _nothing(count: int) -> NDArray[Any]:
    return np.full(count, None, dtype=object)


def _others(count: int, rows: Iterable[int]) -> NDArray[np.intp]:
    return np.setdiff1d(np.arange(count, dtype=np.intp), np.array([*rows], dtype=np.intp), assume_unique=True)


def _reason(rejection: Rejection) -> str:
    where = "" if rejection.column is None else f"column {rejection.column!r}: "
    return f"{where}{rejection.detail}"


def _failed(row: int, rejection: Rejection) -> InvalidError:
    where = f"row {row}" if rejection.column is None else f"row {row}, column {rejection.column!r}"
    remedy = 'with "on_error": "null" such rows stay empty'
    return InvalidError([Problem("#/data", rejection.code, f"{where}: {rejection.detail}; {remedy}")])
