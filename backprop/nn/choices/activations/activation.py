"""The form of an activation function: a = f(z) and, beside it, what f makes of a delta."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from backprop.nn.calls import Array, Calls
from backprop.nn.passes.signals import Signal


def share(of: Array) -> float:
    """The share of entries that are true; much quicker than a mean of them."""
    return int(np.count_nonzero(of)) / of.size


@dataclass(frozen=True)
class Activation(ABC):
    """A function of a layer's weighted inputs, and its derivative; its fields are its parameters.

    `forward` binds the calls that fill a from z; both may be the same array. `backward` binds those that turn delta in
    place from dL/da into dL/dz = dL/da * f'(z), given what the forward pass left in a, kept and, with keeps_z, z.
    """

    name: ClassVar[str]
    # The initializer that suits f.
    initializer: ClassVar[str] = "glorot_uniform"
    # Whether `backward` reads z. If not, a hidden layer's z and a are one array, which spares the cache.
    keeps_z: ClassVar[bool] = False

    @abstractmethod
    def forward(self, s: Signal) -> Calls:
        """Calls that fill s.a from s.z; s.z may be shifted by what leaves s.a unchanged (softmax)."""

    @abstractmethod
    def backward(self, s: Signal) -> Calls:
        """Calls that turn s.delta from dL/da into dL/dz."""

    def idle(self, a: Array) -> float | None:
        """The share of units or activations in a (units, batch) that hardly learn; None where f has no such place."""
        del a
        return None
