"""A training's state between two batches: all that the next batch depends on, and its bytes."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from backprop.nn.calls import Array, dot
from backprop.nn.choices.schedules import Memory
from backprop.nn.training.stopping import Watch

_MAGIC: Final = b"backprop state 3\n"
_DIGEST_BYTES: Final = 32
_LENGTH_BYTES: Final = 8


class StateError(ValueError):
    """The bytes are not those of a State, or not all of them, or changed since they were written."""


@dataclass(slots=True)
class Sums:
    """The unfinished epoch so far, summed over rows: the loss, the hits of accuracy, the rows themselves, their weight.

    The weight stays 0 where rows have none.
    """

    loss: float = 0.0
    hits: int = 0
    rows: int = 0
    weight: float = 0.0

    def copy_from(self, other: "Sums") -> None:
        """Takes on the values of `other`."""
        self.loss, self.hits, self.rows, self.weight = other.loss, other.hits, other.rows, other.weight


_RECORDS: Final[Mapping[str, type]] = MappingProxyType({"sums": Sums, "watch": Watch, "memory": Memory})


@dataclass(frozen=True, slots=True)
class State:
    """Where training stands. Vectors are copies: the parameters and the best ones (P,), the optimizer's slots (L,).

    `epoch`, `batch` and `step` name the next batch, counted from 0; `stop_reason` is None while there is one.
    """

    parameters: Array
    slots: Mapping[str, Array]
    best: Array | None
    epoch: int
    batch: int
    step: int
    sums: Sums
    watch: Watch
    memory: Memory
    stop_reason: str | None

    def to_bytes(self) -> bytes:
        """The same bytes for the same state, everywhere.

        Magic, SHA-256 of the rest, length of a JSON header, the header (floats in hexadecimal, since they may be
        infinite), then the vectors, little-endian, in the header's order.
        """
        vectors = {"parameters": self.parameters, **{f"slot {name}": slot for name, slot in self.slots.items()}}
        if self.best is not None:
            vectors["best"] = self.best
        little = self.parameters.dtype.newbyteorder("<")
        header = {
            "dtype": self.parameters.dtype.name,
            "vectors": [[name, int(vector.size)] for name, vector in vectors.items()],
            **{name: getattr(self, name) for name in ("epoch", "batch", "step", "stop_reason")},
            **{kind: _plain(asdict(getattr(self, kind))) for kind in _RECORDS},
        }
        text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
        body: list[bytes | memoryview] = [len(text).to_bytes(_LENGTH_BYTES, "little"), text]
        body += [np.ascontiguousarray(vector, little).data.cast("B") for vector in vectors.values()]
        sha256 = hashlib.sha256()
        for part in body:
            sha256.update(part)
        return b"".join([_MAGIC, sha256.digest(), *body])

    @classmethod
    def from_bytes(cls, data: bytes) -> "State":
        """The state that `to_bytes` was called on. Raises StateError where `data` is anything else."""
        start = len(_MAGIC) + _DIGEST_BYTES
        body = memoryview(data)[start:]
        if data[: len(_MAGIC)] != _MAGIC:
            raise StateError("these are not the bytes of a training state")
        if hashlib.sha256(body).digest() != data[len(_MAGIC) : start]:
            raise StateError("the training state is cut short or damaged: its SHA-256 differs")
        size = int.from_bytes(body[:_LENGTH_BYTES], "little")
        header = json.loads(bytes(body[_LENGTH_BYTES : _LENGTH_BYTES + size]))
        vectors = _vectors(header, body[_LENGTH_BYTES + size :])
        return cls(
            parameters=vectors["parameters"],
            slots={name.removeprefix("slot "): v for name, v in vectors.items() if name.startswith("slot ")},
            best=vectors.get("best"),
            **{kind: make(**_values(header[kind])) for kind, make in _RECORDS.items()},
            **{name: header[name] for name in ("epoch", "batch", "step", "stop_reason")},
        )


def _vectors(header: dict[str, Any], raw: memoryview) -> dict[str, Array]:
    native = np.dtype(header["dtype"])
    every = np.frombuffer(raw, native.newbyteorder("<"))
    names, sizes = zip(*header["vectors"], strict=True)
    parts = np.split(every, np.cumsum(sizes)[:-1])
    return {name: vector.astype(native) for name, vector in zip(names, parts, strict=True)}


def _plain(record: Mapping[str, float | None]) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, float) else value for name, value in record.items()}


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: float.fromhex(value) if isinstance(value, str) else value for name, value in record.items()}


def finite(vector: Array) -> Callable[[], bool]:
    """A call that says whether no entry is NaN or infinite.

    The dot product settles it in one pass, unless it overflows by itself.
    """
    square = dot(vector, vector)
    return lambda: math.isfinite(square()) or bool(np.isfinite(vector).all())
