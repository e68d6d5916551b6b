"""One feature column as the network sees it: a scaled number, what a date says, or a one among zeros for the category.

Number-like features (all but Categorical) have one number a row, NaN where it is missing, and make their inputs of it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np

from backprop.codes import ProblemCode
from backprop.data.scaling import Vector, ranks
from backprop.datasets.times import microseconds_of

DAY = 86_400e6  # in microseconds
# What a date says beside how late it is: the length of each cycle, and a moment at which one began.
CYCLES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"day": (DAY, 0.0), "week": (7 * DAY, 4 * DAY), "year": (365.2425 * DAY, 0.0)}
)
MOST_NAMED = 20

Refusal = tuple[ProblemCode, str] | None  # code and sentence of what is wrong with a raw value from outside


@dataclass(frozen=True)
class Numeric:
    """A numeric column: one input, `(v - offset) / scale`; a missing v is `fill`, or refused where that is None.

    With `knots` v is the share of values below it, between 0 and 1; with `indicator` a second input says whether v is
    missing. `least` and `most` are the range of the training rows, which models of long ago did not keep.
    """

    name: str
    offset: float
    scale: float
    fill: float | None
    knots: tuple[float, ...] = ()
    indicator: bool = False
    least: float | None = None
    most: float | None = None

    kind: ClassVar[Literal["numeric"]] = "numeric"

    @property
    def width(self) -> int:
        """The number of inputs."""
        return 1 + self.indicator

    def number(self, value: Any) -> Any:
        """Return a raw value's number."""
        return value

    def refusal(self, value: Any) -> Refusal:
        """Return code and sentence of what is wrong with a raw value from outside, None where nothing is."""
        if value is None:
            return _missing(self)
        if type(value) not in {int, float}:
            return "wrong_type", f"{self.name!r} takes numbers"
        try:
            finite = math.isfinite(value)
        except OverflowError:
            return "too_large", "the number is beyond float64"
        return None if finite else ("not_finite", "the number is not finite")

    def mapped(self, values: Vector) -> Vector:
        """Return filled values as they are to be scaled."""
        return ranks(values, np.array(self.knots)) if self.knots else values


@dataclass(frozen=True)
class Moment:
    """A column of times: one input as a number has it, of the microseconds since 1970, and two for each cycle.

    These are the sine and the cosine of where in the day, week or year the time is; a cycle in which the training rows
    stand still is left out. `least` and `most` are as a number has them.
    """

    name: str
    offset: float
    scale: float
    fill: float | None
    cycles: tuple[str, ...] = ()
    indicator: bool = False
    least: float | None = None
    most: float | None = None

    kind: ClassVar[Literal["datetime"]] = "datetime"

    @property
    def width(self) -> int:
        """The number of inputs."""
        return 1 + 2 * len(self.cycles) + self.indicator

    def number(self, value: Any) -> Any:
        """Return a raw value's number."""
        return None if value is None else microseconds_of(value)

    def refusal(self, value: Any) -> Refusal:
        """Return code and sentence of what is wrong with a raw value from outside, None where nothing is."""
        if value is None:
            return _missing(self)
        if type(value) is not str:
            return "wrong_type", f"{self.name!r} takes times as texts"
        try:
            microseconds_of(value)
        except ValueError:
            return "bad_time", f"{self.name!r} takes a date or time such as 2030-01-31T12:00:00Z"
        return None

    def turns(self, values: Vector) -> list[Vector]:
        """Return the inputs of the cycles, sine and cosine of each, for filled values."""
        angles = [2 * np.pi * np.mod((values - CYCLES[name][1]) / CYCLES[name][0], 1.0) for name in self.cycles]
        return [turn(angle) for angle in angles for turn in (np.sin, np.cos)]


@dataclass(frozen=True)
class Ordinal:
    """A text or boolean column as one number: the category's place among the sorted ones, scaled as numbers are.

    A missing value has the place `fill`, or is refused where that is None; an unseen one has -1, unless it is refused.
    """

    name: str
    kind: Literal["boolean", "text"]
    categories: tuple[str | bool, ...]
    offset: float
    scale: float
    fill: float | None
    unseen: Literal["error", "ignore", "pooled"] = "error"
    indicator: bool = False

    @property
    def width(self) -> int:
        """The number of inputs."""
        return 1 + self.indicator

    def number(self, value: Any) -> Any:
        """Return a raw value's number."""
        return None if value is None else float(_place(self.categories, value))

    def refusal(self, value: Any) -> Refusal:
        """Return code and sentence of what is wrong with a raw value from outside, None where nothing is."""
        return _category_refusal(self, value, value in self.categories or self.unseen != "error", self.fill is not None)


@dataclass(frozen=True)
class Categorical:
    """A text or boolean column: one input a category, in order, and where some are `rare` one for all of these.

    A missing value is `fill`, or refused where that is None, unless `gaps` says that it switches nothing on. A value
    that was not fitted is refused, switches nothing on ("ignore"), or the input of the rare ones ("pooled"); `pooled`
    says that there is such an input. With `indicator` a last input says whether the value is missing.
    """

    name: str
    kind: Literal["boolean", "text"]
    categories: tuple[str | bool, ...]
    fill: str | bool | None
    rare: tuple[str, ...] = ()
    pooled: bool = False
    unseen: Literal["error", "ignore", "pooled"] = "error"
    gaps: bool = False
    indicator: bool = False

    @property
    def width(self) -> int:
        """The number of inputs."""
        return len(self.categories) + self.pooled + self.indicator

    def inputs(self, start: int) -> dict[Any, int]:
        """Return the input, counted from `start`, that each known value switches on, -1 for none; None is missing."""
        found: dict[Any, int] = {category: start + place for place, category in enumerate(self.categories)}
        found |= dict.fromkeys(self.rare, start + len(self.categories))
        if self.gaps:
            found[None] = -1
        elif self.fill is not None:
            found[None] = found[self.fill]
        return found

    def unseen_input(self, start: int) -> int:
        """Return the input that a value switches on which was not fitted; -1 for none."""
        return start + len(self.categories) if self.pooled and self.unseen == "pooled" else -1

    def refusal(self, value: Any) -> Refusal:
        """Return code and sentence of what is wrong with a raw value from outside, None where nothing is."""
        is_known = value in self.categories or value in self.rare or self.unseen != "error"
        return _category_refusal(self, value, is_known, self.gaps or self.fill is not None)


NumberLike = Numeric | Moment | Ordinal
Feature = NumberLike | Categorical


def _place(categories: tuple[str | bool, ...], value: str | bool) -> int:
    return categories.index(value) if value in categories else -1


def _category_refusal(feature: Ordinal | Categorical, value: Any, is_known: bool, takes_gaps: bool) -> Refusal:
    if value is None:
        return None if takes_gaps else _missing(feature)
    if type(value) is not (bool if feature.kind == "boolean" else str):
        return "wrong_type", f"{feature.name!r} takes {'true and false' if feature.kind == 'boolean' else 'texts'}"
    return None if is_known else ("unknown_category", f"{feature.name!r} knows {_known(feature.categories)} only")


def _known(categories: tuple[str | bool, ...]) -> str:
    named = ", ".join(map(repr, categories[:MOST_NAMED]))
    more = len(categories) - MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _missing(feature: Feature) -> Refusal:
    return ("missing_value", f"{feature.name!r} has no value") if feature.fill is None else None
