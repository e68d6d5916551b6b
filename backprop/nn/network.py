"""A network's shape and its parameters: one flat vector whose bytes in order are w1, b1, w2, b2, …

A layer with batch normalization has gamma and beta after its b; what training does not learn but gathers, the running
mean and variance of such layers, stands at the vector's end.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backprop.nn.calls import Array
from backprop.nn.choices.activations import ACTIVATIONS, Activation
from backprop.nn.choices.initializers import INITIALIZERS, Initializer


@dataclass(frozen=True)
class Layer:
    """Its units, its activation (by name: with its defaults), and in hidden layers what is done to them in training.

    dropout     the share of activations dropped
    batch_norm  whether z is normalized over the batch before the activation
    """

    units: int
    activation: Activation | str
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def f(self) -> Activation:
        """The activation function."""
        return ACTIVATIONS[self.activation]() if isinstance(self.activation, str) else self.activation


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
        """Name and shape of every parameter in the flat vector's order.

        w1 (inputs, units), b1 (units,), with batch normalization gamma1 and beta1 (units,), w2, …, and at the end mean1
        and variance1 (units,), …
        """
        learned: list[tuple[str, tuple[int, ...]]] = []
        gathered: list[tuple[str, tuple[int, ...]]] = []
        for number, (layer, (inputs, units)) in enumerate(zip(self.layers, self.fan, strict=True), start=1):
            learned.append((f"w{number}", (inputs, units)))
            if self.bias:
                learned.append((f"b{number}", (units,)))
            if layer.batch_norm:
                learned += [(f"gamma{number}", (units,)), (f"beta{number}", (units,))]
                gathered += [(f"mean{number}", (units,)), (f"variance{number}", (units,))]
        return (*learned, *gathered)

    @property
    def parameter_count(self) -> int:
        """Length P of the flat vector."""
        return self.learned_count + self._gathered_count

    @property
    def learned_count(self) -> int:
        """Length L of the flat vector's beginning, which gradients and optimizers are about."""
        return sum(layer_sizes(self))

    @property
    def _gathered_count(self) -> int:
        # As many running statistics as there are gammas and betas.
        return sum(2 * layer.units for layer in self.layers if layer.batch_norm)


@dataclass(frozen=True, slots=True)
class LayerParameters:
    """Views of one layer's part of a flat vector, or of a gradient; a leading axis may stand in front.

    w               (..., inputs + 1, units), the last row being the bias; without bias there is no such row
    gamma, beta     (..., units) of batch normalization, empty without
    mean, variance  (..., units) its running statistics, empty without, and in a gradient
    """

    w: Array
    gamma: Array
    beta: Array
    mean: Array
    variance: Array


def layer_sizes(network: Network) -> list[int]:
    """How much of the flat vector's beginning each layer has: its w, b, gamma and beta."""
    layers = zip(network.layers, network.fan, strict=True)
    return [(inputs + network.bias + 2 * layer.batch_norm) * units for layer, (inputs, units) in layers]


def layer_parameters(network: Network, flat: Array) -> list[LayerParameters]:
    """Views of the flat vector (..., P), or of a gradient (..., L), layer by layer."""
    views, start, gathered = [], 0, network.learned_count
    lead = flat.shape[:-1]
    for layer, (inputs, units) in zip(network.layers, network.fan, strict=True):
        normal = layer.batch_norm * units
        stop = start + (inputs + network.bias) * units
        w = flat[..., start:stop].reshape(*lead, inputs + network.bias, units)
        places = (stop, stop + normal, gathered, gathered + normal)
        views.append(LayerParameters(w, *(flat[..., place : place + normal] for place in places)))
        start, gathered = stop + 2 * normal, gathered + 2 * normal
    return views


def named_parameters(network: Network, flat: Array) -> dict[str, Array]:
    """Views of the flat vector (P,) by name, in the order and the shapes of `Network.shapes`."""
    views: dict[str, Array] = {}
    start = 0
    for name, shape in network.shapes:
        stop = start + math.prod(shape)
        views[name] = flat[start:stop].reshape(shape)
        start = stop
    return views


def flatten(network: Network, weights: Sequence[npt.ArrayLike], biases: Sequence[npt.ArrayLike] | None = None) -> Array:
    """The flat vector (P,) of explicit weights, one (inputs, units) a layer; biases None: zeros where there are any.

    Batch normalization begins as initial_parameters has it. Raises ValueError where a shape does not fit.
    """
    given: dict[str, npt.ArrayLike] = {f"w{number}": w for number, w in enumerate(weights, start=1)}
    given |= {f"b{number}": b for number, b in enumerate(biases or (), start=1)}
    expected = {
        name
        for name, _ in network.shapes
        if name[0] == "w" or (name[0] == "b" and name[1].isdigit() and biases is not None)
    }
    if set(given) != expected:
        raise ValueError(f"the network has parameters {sorted(expected)}, given are {sorted(given)}")
    flat = _blank(network)
    for name, view in named_parameters(network, flat).items():
        if name in given:
            value = np.asarray(given[name])
            if value.shape != view.shape:
                raise ValueError(f"{name} has shape {value.shape}, the network needs {view.shape}")
            view[...] = value
    return flat


def initial_parameters(network: Network, seed: int, init: Initializer | None = None) -> Array:
    """The flat vector (P,) drawn layer by layer from RandomState(seed) in float64; biases are zero.

    `init` None: he_uniform for relu's family, lecun_normal for selu, glorot_uniform for the rest, layer by layer. Batch
    normalization begins with gamma 1, beta 0, mean 0, variance 1.
    """
    random = np.random.RandomState(seed)
    flat = _blank(network)
    named = named_parameters(network, flat)
    for number, (layer, (inputs, units)) in enumerate(zip(network.layers, network.fan, strict=True), start=1):
        chosen = init or INITIALIZERS[layer.f.initializer]()
        named[f"w{number}"][...] = chosen.weights(random, inputs, units)
    return flat


def digest(network: Network, flat: Array) -> str:
    """SHA-256 (hex) of the parameters' little-endian bytes in order."""
    little = np.ascontiguousarray(flat, np.dtype(network.dtype).newbyteorder("<"))
    return hashlib.sha256(little.tobytes()).hexdigest()


def _blank(network: Network) -> Array:
    flat = np.zeros(network.parameter_count, network.dtype)
    for p in layer_parameters(network, flat):
        p.gamma[...] = 1
        p.variance[...] = 1
    return flat
