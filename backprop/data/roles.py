"""What each column is to a job: a feature, the target, or unused; and whether the target names classes or values."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from backprop.data.table import Table
from backprop.errors import InvalidError, Problem
from backprop.spec import JobSpec, Task

_MOST_CLASSES = 20
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Roles:
    """The features in order, the target's columns (several for a regression of several values), and the task."""

    features: tuple[str, ...]
    target: tuple[str, ...]
    task: Task


def roles(table: Table, spec: JobSpec) -> Roles:
    """Return the roles that `spec` gives to the table's columns, what it leaves out filled in.

    Features default to every column but the target, the task to `infer_task`. InvalidError names, at `#/target`,
    `#/features` or `#/task`, every column that is not there, stands twice or cannot be what it should be.
    """
    target = spec.target or ()
    problems = _wrong_names(table, target, "#/target")
    problems += _wrong_names(table, spec.features or (), "#/features")
    problems += [
        Problem(f"#/features/{place}", "conflict", f"{name!r} is the target")
        for place, name in enumerate(spec.features or ())
        if name in target
    ]
    features = tuple(name for name in table.names if name not in target) if spec.features is None else spec.features
    if not target:
        problems.append(Problem("#/target", "required", f"name the target, one of {_listing(table.names)}"))
    if not features:
        problems.append(Problem("#/features", "required", "there must be a column that is not the target"))
    if problems:
        raise InvalidError(problems)
    task = spec.task or infer_task(table, target)
    _check_task(table, target, task)
    return Roles(features, target, task)


def infer_task(table: Table, target: tuple[str, ...]) -> Task:
    """Return what the target asks for: text, booleans, and up to 20 distinct integers are classes, all else values.

    Numbers written with a fraction, such as 1.0, are values, and so are several targets.
    """
    if len(target) > 1:
        return "regression"
    column = table.column(target[0])
    if column.kind != "numeric" or (column.whole and len(column.distinct()) <= _MOST_CLASSES):
        return "classification"
    return "regression"


def _check_task(table: Table, target: tuple[str, ...], task: Task) -> None:
    if task == "classification":
        if len(target) > 1:
            raise InvalidError([Problem("#/task", "conflict", "a classification has one target")])
        if len(table.column(target[0]).distinct()) < 2:
            raise InvalidError([Problem("#/target", "too_few_classes", f"{target[0]!r} has fewer than two classes")])
        return
    for name in target:
        kind = table.column(name).kind
        if kind != "numeric":
            raise InvalidError([Problem("#/task", "conflict", f"a regression needs numbers, and {name!r} is {kind}")])


def _wrong_names(table: Table, names: Sequence[str], pointer: str) -> list[Problem]:
    """Return what is wrong with column names given in a spec, up to the first few."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, name in enumerate(names):
        # A single target is written as a name, not as a list of one.
        at = pointer if pointer == "#/target" and len(names) == 1 else f"{pointer}/{place}"
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
