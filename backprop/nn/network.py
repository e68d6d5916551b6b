"""A network's shape and its parameters: one flat vector whose bytes in order are w1, b1, w2, b2, …"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from backprop.nn.calls import Array
from backprop.nn.choices.activations import ACTIVATIONS
from backprop.nn.choices.initializers import INITIALIZERS, Initializer


@dataclass(frozen=True)
class Layer:
    """Its units, its activation's name, and (in hidden layers) the share of its activations dropped in training."""

    units: int
    activation: str
    dropout: float = 0.0


@dataclass(frozen=True)
class Network:
    """A multi-layer perceptron: the number of inputs, the layers, the last being the output."""

    inputs: int
    layers: tuple[Layer, ...]
    bias: bool = True
    dtype: str = "float32"

    @property
    def fan(self) -> tuple[tuple[int, int], ...]:
        """(inputs, units) of each layer."""
        units = [layer.units for layer in self.layers]
        return tuple(zip([self.inputs, *units[:-1]], units, strict=True))

    @property
    def outputs(self) -> int:
        """Units of the output layer."""
        return self.layers[-1].units

    @property
    def shapes(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Name and shape of every parameter in the flat vector's order: w1 (inputs, units), b1 (units,), w2, …"""
        named: list[tuple[str, tuple[int, ...]]] = []
        for number, (inputs, units) in enumerate(self.fan, start=1):
            named.append((f"w{number}", (inputs, units)))
            if self.bias:
                named.append((f"b{number}", (units,)))
        return tuple(named)

    @property
    def parameter_count(self) -> int:
        """Length of the flat vector."""
        return sum((inputs + self.bias) * units for inputs, units in self.fan)


def matrices(network: Network, flat: Array) -> list[Array]:
    """Views of the flat vector (..., P), one matrix (..., inputs + 1, units) a layer: the last row is the bias.

    Without bias there is no such row.
    """
    views, start = [], 0
    for inputs, units in network.fan:
        stop = start + (inputs + network.bias) * units
        views.append(flat[..., start:stop].reshape(*flat.shape[:-1], inputs + network.bias, units))
        start = stop
    return views


def named_parameters(network: Network, flat: Array) -> dict[str, Array]:
    """Views of the flat vector (P,) by name, in order: w1 (inputs, units), b1 (units,), w2, …"""
    views: dict[str, Array] = {}
    start = 0
    for name, shape in network.shapes:
        stop = start + int(np.prod(shape))
        views[name] = flat[start:stop].reshape(shape)
        start = stop
    return views


def flatten(network: Network, weights: Sequence[npt.ArrayLike], biases: Sequence[npt.ArrayLike] | None = None) -> Array:
    """The flat vector (P,) of explicit weights, one (inputs, units) a layer; biases None: zeros where there are any.

    Raises ValueError where a shape does not fit.
    """
    given: dict[str, npt.ArrayLike] = {f"w{number}": w for number, w in enumerate(weights, start=1)}
    given |= {f"b{number}": b for number, b in enumerate(biases or (), start=1)}
    expected = {name for name, _ in network.shapes if name.startswith("w") or biases is not None}
    if set(given) != expected:
        raise ValueError(f"the network has parameters {sorted(expected)}, given are {sorted(given)}")
    flat = np.zeros(network.parameter_count, network.dtype)
    for name, view in named_parameters(network, flat).items():
        if name in given:
            value = np.asarray(given[name])
            if value.shape != view.shape:
                raise ValueError(f"{name} has shape {value.shape}, the network needs {view.shape}")
            view[...] = value
    return flat


def initial_parameters(network: Network, seed: int, init: Initializer | None = None) -> Array:
    """The flat vector (P,) drawn layer by layer from RandomState(seed) in float64; biases are zero.

    `init` None: he_uniform for relu, glorot_uniform for every other activation, layer by layer.
    """
    random = np.random.RandomState(seed)
    flat = np.zeros(network.parameter_count, network.dtype)
    named = named_parameters(network, flat)
    for number, (layer, (inputs, units)) in enumerate(zip(network.layers, network.fan, strict=True), start=1):
        chosen = init or _SUITED[layer.activation]
        named[f"w{number}"][...] = chosen.weights(random, inputs, units)
    return flat


def digest(network: Network, flat: Array) -> str:
    """SHA-256 (hex) of the parameters' little-endian bytes in order."""
    little = np.ascontiguousarray(flat, np.dtype(network.dtype).newbyteorder("<"))
    return hashlib.sha256(little.tobytes()).hexdigest()


_SUITED: Mapping[str, Initializer] = MappingProxyType(
    {name: INITIALIZERS[activation.initializer]() for name, activation in ACTIVATIONS.items()}
)
