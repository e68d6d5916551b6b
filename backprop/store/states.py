"""The names of a job's states and requests, of verdicts on reproductions, and of an alias's moves."""

from typing import Literal, get_args

State = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Request = Literal["pause", "cancel"]
Verdict = Literal["match", "differs", "not_comparable"]
MoveKind = Literal["set", "rolled_back", "deleted"]

STATES: tuple[State, ...] = get_args(State)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MOVES: tuple[MoveKind, ...] = get_args(MoveKind)
TERMINAL: tuple[State, ...] = ("succeeded", "failed", "cancelled")
