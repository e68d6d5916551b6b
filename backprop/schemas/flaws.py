"""Flaws: what is wrong with one value, as marshmallow carries it up, and as the problems with pointers they become."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from backprop.codes import ProblemCode
from backprop.errors import InvalidError, Problem
from backprop.pointers import pointer

SHOWN = 60  # of a value or key that a client sent, this many characters come back in a detail


@dataclass(frozen=True)
class Flaw:
    """What kind of thing is wrong, the remedy, and where below the checked value it is (`/rows/3/1`)."""

    code: ProblemCode
    detail: str
    below: str = ""


def refuse(code: ProblemCode, detail: str) -> NoReturn:
    """Raise the ValidationError of one flaw."""
    raise ValidationError([Flaw(code, detail)])


def refuse_all(problems: Iterable[Problem]) -> NoReturn:
    """Raise the problems that lower code found in one value, with pointers relative to it, as that value's flaws."""
    raise ValidationError([Flaw(problem.code, problem.detail, problem.pointer) for problem in problems])


def invalid(error: ValidationError, prefix: str = "#") -> InvalidError:
    """Return the error that names every flaw by its JSON pointer (RFC 6901), `prefix` being that of the whole."""
    return InvalidError(tuple(_problems(error.messages, prefix)))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: the known one that looks most like it, or all of them."""
    names = list(known)
    close = difflib.get_close_matches(name[:SHOWN].lower(), names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def shown(value: object) -> str:
    """Return a short name of a JSON value for a detail: its type, or the string itself, cut."""
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")
    kinds = {bool: "true" if value else "false", type(None): "null", dict: "an object", list: "a list"}
    return kinds.get(type(value)) or f"{value!r:.{SHOWN}}"


def _problems(messages: Any, at: str) -> Iterator[Problem]:
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from _problems(below, at if key == SCHEMA else at + pointer(key))
        return
    for flaw in messages if isinstance(messages, list) else [messages]:
        if isinstance(flaw, Flaw):
            yield Problem(at + flaw.below, flaw.code, flaw.detail)
        else:  # a sentence of marshmallow's own
            yield Problem(at, "bad_value", str(flaw))
