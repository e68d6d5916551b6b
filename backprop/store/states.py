"""The names of jobs' kinds, states and requests, of verdicts on reproductions, and of an alias's moves."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Kind = Literal["training", "prediction"]
State = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Request = Literal["pause", "cancel"]
Verdict = Literal["match", "differs", "not_comparable"]
MoveKind = Literal["set", "rolled_back", "deleted"]

STATES: tuple[State, ...] = get_args(State)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MOVES: tuple[MoveKind, ...] = get_args(MoveKind)
TERMINAL: tuple[State, ...] = ("succeeded", "failed", "cancelled")
NOUNS: Mapping[Kind, str] = MappingProxyType({"training": "job", "prediction": "prediction"})  # as people call them
PREFIXES: Mapping[Kind, str] = MappingProxyType({"training": "job", "prediction": "pred"})  # of their ids
