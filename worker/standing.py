"""Where a job with folds stands: what its ended folds came to, and the states of what goes on; its bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backprop.nn import State

_MAGIC = b"backprop folds 1\n"
_LENGTH_BYTES = 8
_MODEL = "model"


@dataclass(frozen=True)
class Standing:
    """The results of folds that have ended, and the states of those that have begun, by the fold's place.

    `model` is the state of the model's own training; None before that has begun.
    """

    ended: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    running: Mapping[int, State] = field(default_factory=dict)
    model: State | None = None

    def to_bytes(self) -> bytes:
        """The same bytes for the same standing: magic, the length of a JSON header, the header, then the states."""
        states = {str(fold): state.to_bytes() for fold, state in self.running.items()}
        if self.model is not None:
            states[_MODEL] = self.model.to_bytes()
        ended = {str(fold): result for fold, result in self.ended.items()}
        header = {"ended": ended, "states": {name: len(content) for name, content in states.items()}}
        text = json.dumps(header, allow_nan=False).encode()
        return b"".join([_MAGIC, len(text).to_bytes(_LENGTH_BYTES, "little"), text, *states.values()])

    @classmethod
    def from_bytes(cls, content: bytes) -> "Standing":
        """The standing that `to_bytes` was called on. Raises StateError where a state is damaged."""
        start = len(_MAGIC) + _LENGTH_BYTES
        stop = start + int.from_bytes(content[len(_MAGIC) : start], "little")
        header = json.loads(content[start:stop])
        states: dict[str, State] = {}
        for name, size in header["states"].items():
            start, stop = stop, stop + size
            states[name] = State.from_bytes(content[start:stop])
        model = states.pop(_MODEL, None)
        ended = {int(fold): result for fold, result in header["ended"].items()}
        return cls(ended, {int(fold): state for fold, state in states.items()}, model)
