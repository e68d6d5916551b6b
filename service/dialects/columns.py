"""Instances that come column by column, as data frames do: made to rows, each flaw told at its own column."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from backprop.errors import InvalidError, Problem
from backprop.pointers import pointer
from service.predicting.asking import Predicted, predict
from service.predicting.predictors import LoadedModel


@dataclass(frozen=True)
class Columns:
    """Cells by the column's name, and the pointer of each column; `at` points at all of them."""

    cells: Mapping[str, list[Any]]
    places: Mapping[str, str]
    at: str


def predict_columns(model: LoadedModel, columns: Columns) -> Predicted:
    """Return what the model makes of columns; one that is left out is missing in every row.

    Raises InvalidError, at a column or at a cell of one.
    """
    names = model.encoding.features
    _check_names(columns, names, model.encoding.beside)
    count = _count(columns)
    lists = [columns.cells.get(name) or [None] * count for name in names]
    rows = [list(cells) for cells in zip(*lists, strict=True)]
    try:
        return predict(model, rows, "")
    except InvalidError as error:
        raise InvalidError([_placed(problem, columns, names) for problem in error.problems]) from error


def by_columns(model: LoadedModel, given: Mapping[str, Any], at: str) -> Predicted:
    """Return what the model makes of lists by the columns' names. Raises InvalidError."""
    places = {name: at + pointer(name) for name in given}
    flaws = [Problem(places[name], "wrong_type", "takes a list") for name in given if type(given[name]) is not list]
    if flaws:
        raise InvalidError(flaws)
    if not given:
        raise InvalidError([Problem(at, "empty", "takes one column at least")])
    return predict_columns(model, Columns(given, places, at))


def _check_names(columns: Columns, names: tuple[str, ...], beside: frozenset[str]) -> None:
    known = beside.union(names)
    problems = [
        Problem(columns.places[name], "unknown_column", f"the model knows no {name!r}{_nearest(name, known)}")
        for name in columns.cells
        if name not in known
    ]
    if not problems and columns.cells.keys().isdisjoint(names):
        problems = [Problem(columns.at, "missing_value", "there is none of the model's features")]
    if problems:
        raise InvalidError(problems)


def _nearest(name: str, known: frozenset[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _count(columns: Columns) -> int:
    """Return the number of rows, which every column has."""
    first, *others = columns.cells
    count = len(columns.cells[first])
    problems = [
        Problem(columns.places[name], "wrong_length", f"{first!r} has {count} rows, {name!r} has {len(found)}")
        for name in others
        if len(found := columns.cells[name]) != count
    ]
    if count == 0:
        problems.append(Problem(columns.places[first], "empty", "there must be at least one row"))
    if problems:
        raise InvalidError(problems)
    return count


def _placed(problem: Problem, columns: Columns, names: tuple[str, ...]) -> Problem:
    """Return the problem of row and column, `/3/1`, at that column's cell; one of a whole row at the row."""
    _, row, *column = problem.pointer.split("/")
    place = columns.places.get(names[int(column[0])], columns.at) if column else columns.at
    return Problem(f"{place}/{row}", problem.code, problem.detail)
