"""A model whole: what a file holds of it, and what predicts as it did once that is read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.assembly import network_of
from backprop.data import Encoding
from backprop.errors import InvalidError, Problem, TooLargeError
from backprop.nn import Network, digest, named_parameters
from backprop.spec import JobSpec

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model's spec, its encoding, and its parameters, one flat vector in the network's dtype; its name if it has one.

    The spec is complete, but may name no data.
    """

    name: str | None
    spec: JobSpec
    encoding: Encoding
    flat: NDArray[Any]

    @property
    def network(self) -> Network:
        """The network."""
        return network_of(self.spec, self.encoding)

    @property
    def tensors(self) -> Tensors:
        """The parameters by name, w1 (inputs, units), b1 (units,), w2, …"""
        return named_parameters(self.network, self.flat)

    @property
    def sha256(self) -> str:
        """The digest of the parameters' little-endian bytes in order."""
        return digest(self.network, self.flat)

    @property
    def parameters(self) -> bytes:
        """The parameters' little-endian bytes in order."""
        return self.flat.astype(np.dtype(self.network.dtype).newbyteorder("<")).tobytes()


@dataclass(frozen=True, eq=False)
class Described:
    """A model without its parameters, as a file's document tells it, and the network that follows from that."""

    name: str | None
    spec: JobSpec
    encoding: Encoding
    network: Network
    sha256: str | None = None  # of the parameters, where the document tells it

    def check_size(self, most_bytes: int) -> None:
        """Raise TooLargeError where the parameters would take more than that."""
        size = self.network.parameter_count * np.dtype(self.network.dtype).itemsize
        if size > most_bytes:
            raise TooLargeError(f"the network has {size:,} bytes of parameters; an import takes {most_bytes:,}")

    def check_names(self, names: set[str]) -> None:
        """Raise InvalidError where these are not the names of the network's parameters."""
        expected = {name for name, _ in self.network.shapes}
        if names != expected:
            missing, strange = sorted(expected - names), sorted(names - expected)
            told = [f"{', '.join(missing[:10])} missing"] if missing else []
            told += [f"{', '.join(strange[:10])} not known"] if strange else []
            raise InvalidError([Problem("#", "wrong_keys", f"the network's parameters: {'; '.join(told)}")])

    def filled(self, tensors: Tensors) -> Bundle:
        """Return the model with these parameters. Raises InvalidError for a name, shape or value that does not fit."""
        self.check_names(set(tensors))
        flat = np.empty(self.network.parameter_count, self.network.dtype)
        for name, view in named_parameters(self.network, flat).items():
            values = tensors[name]
            if values.dtype.kind not in "fiu":
                raise InvalidError([Problem(f"#/{name}", "unsupported_type", f"takes numbers, not {values.dtype}")])
            check_shape(name, values.shape, view.shape)
            with np.errstate(over="ignore"):
                view[...] = values
            if not np.isfinite(view).all():
                detail = f"{name} holds a number that is not finite in {self.network.dtype}"
                raise InvalidError([Problem(f"#/{name}", "not_finite", detail)])
        found = Bundle(self.name, self.spec, self.encoding, flat)
        if self.sha256 not in (None, found.sha256):
            detail = (
                f"the parameters are not those of this digest, but of {found.sha256}; leave it out if that is meant"
            )
            raise InvalidError([Problem("#/model/sha256", "damaged", detail)])
        return found


def check_shape(name: str, given: tuple[int, ...], taken: tuple[int, ...]) -> None:
    """Raise InvalidError where a parameter has another shape than the network's."""
    if given != taken:
        detail = f"{name} has the shape {[*given]}, and the network takes {[*taken]}"
        raise InvalidError([Problem(f"#/{name}", "wrong_shape", detail)])
