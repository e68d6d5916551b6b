"""The names of a job's states and requests, and of the moves of an alias."""

from typing import Literal, get_args

State = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Request = Literal["pause", "cancel"]
MoveKind = Literal["set", "rolled_back", "deleted"]

STATES: tuple[State, ...] = get_args(State)
MOVES: tuple[MoveKind, ...] = get_args(MoveKind)
TERMINAL: tuple[State, ...] = ("succeeded", "failed", "cancelled")
