"""The names of a job's states, requests and reasons to stop."""

from typing import Literal, get_args

State = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Request = Literal["pause", "cancel"]

STATES: tuple[State, ...] = get_args(State)
TERMINAL: tuple[State, ...] = ("succeeded", "failed", "cancelled")
