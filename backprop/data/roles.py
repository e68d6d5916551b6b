"""What each column is to a job: a feature, the target, or unused; and whether the target names classes or values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np

from backprop.data.table import Column, Table
from backprop.errors import InvalidError, Problem
from backprop.spec import JobSpec, Task

_MOST_CLASSES = 20
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Roles:
    """The features in order, the target's columns (several for several values or labels), and the task."""

    features: tuple[str, ...]
    target: tuple[str, ...]
    task: Task


_FEW_ROWS = 20  # fewer say nothing about what a column is for
_SHARE_OF_NAMES = 0.9  # of a text's values that are different: from here on they are names rather than categories


def roles(table: Table, spec: JobSpec) -> Roles:
    """Return the roles that `spec` gives to the table's columns, what it leaves out filled in.

    Features default to every column that says something and has no other role (see `_default_features`), the task to
    `infer_task`. InvalidError names, at `#/target`, `#/features` and so on, every column that is not there, stands
    twice or cannot be what it should be.
    """
    target = spec.target or ()
    problems = _wrong_names(table, target, "#/target")
    problems += _wrong_names(table, spec.features or (), "#/features")
    problems += _wrong_names(table, spec.ignore or (), "#/ignore")
    for at, name in _single(spec).items():
        problems += [replace(problem, pointer=at) for problem in _wrong_names(table, (name,), at)]
    others = {name: f"{name!r} is {role}" for role, names in _other_roles(spec).items() for name in names}
    problems += [
        Problem(f"#/features/{place}", "conflict", others[name])
        for place, name in enumerate(spec.features or ())
        if name in others
    ]
    features = spec.features
    if features is None and not problems:
        features = _default_features(table, [name for name in table.names if name not in others], spec)
    features = features or ()
    if not target:
        problems.append(Problem("#/target", "required", f"name the target, one of {_listing(table.names)}"))
    if not features and not problems:
        problems.append(Problem("#/features", "required", "there must be a column that is not the target"))
    if problems:
        raise InvalidError(problems)
    task = spec.task or infer_task(table, target)
    _check_task(table, target, task)
    return Roles(features, target, task)


def _single(spec: JobSpec) -> dict[str, str]:
    """Return the columns that have a role alone, by where the spec names them."""
    named = {"#/weight": spec.weight, "#/split/group": spec.split.group, "#/split/time": spec.split.time}
    named["#/split/column"] = spec.split.column
    return {at: name for at, name in named.items() if name is not None}


def _other_roles(spec: JobSpec) -> dict[str, tuple[str, ...]]:
    """Return the columns that are no features, by what they are."""
    named = _single(spec)
    named.pop("#/split/time", None)  # when something was may tell as well what it is
    roles = {"ignored": spec.ignore or (), "the target": spec.target or ()}
    words = {"#/weight": "the weight", "#/split/group": "the group", "#/split/column": "what names the parts"}
    return {words[at]: (name,) for at, name in named.items()} | roles


def _default_features(table: Table, names: Sequence[str], spec: JobSpec) -> tuple[str, ...]:
    """Return the columns that say something: of a built-in set all, else those whose values differ, texts that recur.

    A text of which nine values in ten are different is a name. Where nothing would be left, all are.
    """
    if spec.data.builtin is not None or table.rows < _FEW_ROWS:
        return tuple(names)
    return tuple(name for name in names if _says_something(table.column(name))) or tuple(names)


def _says_something(column: Column) -> bool:
    if column.is_number:
        known = column.values[~column.missing]
        return bool(len(known)) and bool(known.min() < known.max())
    codes, _ = column.coded
    present = codes[codes >= 0]
    distinct = len(np.unique(present))
    return distinct > 1 and (column.kind == "boolean" or distinct < _SHARE_OF_NAMES * len(present))


def infer_task(table: Table, target: tuple[str, ...]) -> Task:
    """Return what the target asks for: text, booleans, and up to 20 distinct integers are classes, all else values.

    Numbers written with a fraction, such as 1.0, are values. Several targets are labels where all are booleans, else
    values.
    """
    if len(target) > 1:
        return "multi_label" if all(table.column(name).kind == "boolean" for name in target) else "regression"
    column = table.column(target[0])
    if column.kind != "numeric" or (column.whole and len(column.distinct()) <= _MOST_CLASSES):
        return "classification"
    return "regression"


def _check_task(table: Table, target: tuple[str, ...], task: Task) -> None:
    if task == "classification":
        if len(target) > 1:
            detail = "a classification has one target; take multi_label for several labels"
            raise InvalidError([Problem("#/task", "conflict", detail)])
        if len(table.column(target[0]).distinct()) < 2:
            raise InvalidError([Problem("#/target", "too_few_classes", f"{target[0]!r} has fewer than two classes")])
        return
    if task == "multi_label":
        _check_labels(table, target)
        return
    for name in target:
        kind = table.column(name).kind
        if kind != "numeric":
            raise InvalidError([Problem("#/task", "conflict", f"a regression needs numbers, and {name!r} is {kind}")])


def _check_labels(table: Table, target: tuple[str, ...]) -> None:
    if len(target) == 1:
        detail = "labels are several columns of true and false, or of 0 and 1; take classification for a single one"
        raise InvalidError([Problem("#/task", "conflict", detail)])
    for name in target:
        stranger = _stranger(table.column(name))
        if stranger is not None:
            detail = f"a label is true or false, or 0 or 1, and {name!r} {stranger}"
            raise InvalidError([Problem("#/task", "conflict", detail)])


def _stranger(column: Column) -> str | None:
    """Return what there is in a column that is neither yes nor no; a missing value is another matter."""
    if column.kind != "numeric":
        return None if column.kind == "boolean" else f"is {column.kind}"
    strange = np.flatnonzero(~(column.missing | np.isin(column.values, (0.0, 1.0))))
    return f"has {column.scalars(strange[:1])[0]} in row {strange[0]}" if len(strange) else None


def _wrong_names(table: Table, names: Sequence[str], pointer: str) -> list[Problem]:
    """Return what is wrong with column names given in a spec, up to the first few."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, name in enumerate(names):
        # A single target is written as a name, not as a list of one.
        at = pointer if pointer in {"#/target", "#/ignore"} and len(names) == 1 else f"{pointer}/{place}"
        if len(problems) == _MOST_PROBLEMS:
            break
        if name not in table:
            close = get_close_matches(name, table.names, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else f"there are {_listing(table.names)}"
            problems.append(Problem(at, "unknown_column", f"there is no column {name!r}; {remedy}"))
        elif name in seen:
            problems.append(Problem(at, "duplicate", f"{name!r} stands twice"))
        seen.add(name)
    return problems


def _listing(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown
