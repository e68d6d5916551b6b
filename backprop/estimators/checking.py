"""Parameters as users of scikit-learn give them: checked against a dataclass's fields, and turned into the engine's."""

from collections.abc import Mapping
from dataclasses import Field, fields
from numbers import Integral, Real
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")

# What scikit-learn calls otherwise than the engine.
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {"logistic": "sigmoid", "squared_error": "mse", "absolute_error": "mae"}
)
_KINDS: Final[Mapping[Any, tuple[type, ...]]] = MappingProxyType(
    {bool: (bool, np.bool_), int: (Integral,), float: (Real,)}
)
_WITHIN: Final[Mapping[str, tuple[str, Any]]] = MappingProxyType(
    {
        "above": ("above", lambda value, bound: value > bound),
        "at_least": ("at least", lambda value, bound: value >= bound),
        "below": ("below", lambda value, bound: value < bound),
        "at_most": ("at most", lambda value, bound: value <= bound),
    }
)


def check(estimator: Any) -> None:
    """Raise ValueError for a parameter of another type than its dataclass field's, or outside of the field's bounds."""
    hints = get_type_hints(type(estimator))
    for field in fields(estimator):
        value = getattr(estimator, field.name)
        if not (_is(value, hints[field.name]) and _within(value, field)):
            raise ValueError(f"{field.name} takes {_described(hints[field.name], field)}, not {value!r}")


def chosen(parameter: str, value: str | T, table: Mapping[str, type[T]]) -> T:
    """The member that `value` names, with its defaults, or `value` itself where it is one. ValueError: no such name."""
    return named(parameter, value, table)() if isinstance(value, str) else value


def named(parameter: str, name: str, table: Mapping[str, type[T]]) -> type[T]:
    """The table's row of that name, in scikit-learn's words or the engine's. ValueError: there is none."""
    known = ALIASES.get(name, name)
    if known not in table:
        raise ValueError(f"{parameter} takes {', '.join(table)}, not {name!r}")
    return table[known]


def _is(value: Any, hint: Any) -> bool:
    """Whether a value is of an annotated type; items of a collection are not looked at."""
    if get_origin(hint) in (Union, UnionType):
        return any(_is(value, one) for one in get_args(hint))
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if hint in (int, float) and isinstance(value, bool):
        return False
    return isinstance(value, _KINDS.get(hint, get_origin(hint) or hint))


def _within(value: Any, field: "Field[Any]") -> bool:
    return not isinstance(value, Real) or all(_WITHIN[name][1](value, bound) for name, bound in field.metadata.items())


def _described(hint: Any, field: "Field[Any]") -> str:
    kinds = " | ".join(_name(one) for one in get_args(hint) or (hint,))
    return " ".join([kinds, *(f"{_WITHIN[name][0]} {bound}" for name, bound in field.metadata.items())])


def _name(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(map(repr, get_args(hint)))
    return "None" if hint is NoneType else str(getattr(hint, "__name__", hint))
