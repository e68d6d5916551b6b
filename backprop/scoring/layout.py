"""The layout of a result: which columns it has, and whether a model and a table go together at all."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from backprop.data import Encoding, Table
from backprop.data.features import Feature
from backprop.data.table import Scalar
from backprop.data.targets import ClassEncoding, LabelEncoding
from backprop.datasets.cells import Kind
from backprop.errors import InvalidError, Problem
from backprop.scoring.spec import ScoringSpec

REASON = "reason"
MOST_ROWS = 2**31 - 1  # that a job's progress counts
MOST_NAMED = 20


@dataclass(frozen=True)
class Made:
    """A column that scoring makes: its name, its kind, and whether its numbers are whole."""

    name: str
    kind: Kind
    whole: bool = False


def prediction_columns(encoding: Encoding) -> list[Made]:
    """Return the columns of what is predicted: `prediction`, or one for each of several targets."""
    y = encoding.y
    if isinstance(y, ClassEncoding):
        return [_made("prediction", y.labels[0])]
    names = ["prediction"] if len(y.names) == 1 else [f"prediction_{name}" for name in y.names]
    if isinstance(y, LabelEncoding):
        return [_made(name, yes) for name, (_, yes) in zip(names, y.values, strict=True)]
    return [Made(name, "numeric") for name in names]


def output_columns(encoding: Encoding) -> list[Made]:
    """Return the columns of the output layer's activations, one a class, label or target."""
    stand_for = encoding.classes or encoding.target
    if encoding.classes is None and len(stand_for) == 1:
        return [Made("output", "numeric")]
    return [Made(f"output_{_text(what)}", "numeric") for what in stand_for]


def made_columns(encoding: Encoding, spec: ScoringSpec) -> list[Made]:
    """Return all columns that scoring makes, in the result's order."""
    found = prediction_columns(encoding) if "predictions" in spec.returns else []
    found += output_columns(encoding) if "outputs" in spec.returns else []
    return [*found, Made(REASON, "text")] if spec.on_error == "null" else found


def check(encoding: Encoding, table: Table, spec: ScoringSpec) -> None:
    """Raise InvalidError, naming every column that the table lacks, has of a wrong kind, or that would be two."""
    problems = [problem for feature in encoding.x.features for problem in _misfits(feature, table)][:MOST_NAMED]
    problems += _wrong_includes(encoding, table, spec)
    if table.rows > MOST_ROWS:
        problems.append(Problem("#/data", "too_large", f"at most {MOST_ROWS:,} rows are scored at once"))
    if problems:
        raise InvalidError(problems)


def _misfits(feature: Feature, table: Table) -> Iterator[Problem]:
    if feature.name not in table:
        close = get_close_matches(feature.name, table.names, n=1)
        remedy = f"; there is {close[0]!r}" if close else ""
        yield Problem("#/data", "unknown_column", f"the model takes {feature.name!r}, which is no column{remedy}")
        return
    column = table.column(feature.name)
    if column.kind != feature.kind and not column.missing.all():
        remedy = f"; upload the file with text={feature.name}" if feature.kind == "text" else ""
        detail = f"column {feature.name!r} is {column.kind}, and the model takes it as {feature.kind}{remedy}"
        yield Problem("#/data", "wrong_type", detail)


def _wrong_includes(encoding: Encoding, table: Table, spec: ScoringSpec) -> Iterator[Problem]:
    made = {column.name for column in made_columns(encoding, spec)}
    counts = Counter(spec.include)
    for place, name in enumerate(spec.include):
        at = f"#/include/{place}"
        if name not in table:
            close = get_close_matches(name, table.names, n=1)
            remedy = f"; did you mean {close[0]!r}?" if close else ""
            yield Problem(at, "unknown_column", f"there is no column {name!r}{remedy}")
        elif name in made:
            yield Problem(at, "conflict", f"the result has a column {name!r} of its own; leave this one out")
        elif counts[name] > 1:
            yield Problem(at, "duplicate", f"{name!r} stands twice")


def _made(name: str, example: Scalar) -> Made:
    if isinstance(example, bool):
        return Made(name, "boolean")
    return Made(name, "text") if isinstance(example, str) else Made(name, "numeric", isinstance(example, int))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower()
