"""Activation functions as ONNX operators: only those of which common runtimes have both precisions, but for Erf."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import Any

import numpy as np

from backprop.exchange.onnx.graph import Graph
from backprop.nn import Activation
from backprop.nn.choices.activations.rectifiers import SELU_ALPHA, SELU_SCALE


@dataclass(frozen=True)
class Weighted:
    """A layer's weighted inputs z in a graph, and the activation that takes them."""

    graph: Graph
    z: str
    dtype: str
    activation: Any

    def number(self, value: float) -> str:
        """Return the name of a constant."""
        return self.graph.constant(np.array(value, self.dtype))

    def do(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node, and return its output."""
        return self.graph.add(operator, *inputs, **attributes)


def _leaky_relu(s: Weighted) -> str:
    return s.do("Max", s.z, s.do("Mul", s.z, s.number(s.activation.slope)))


def _scaled_elu(s: Weighted, alpha: float, scale: float) -> str:
    """Return scale * (max(z, 0) + alpha * (exp(min(z, 0)) - 1))."""
    below = s.do("Sub", s.do("Exp", s.do("Min", s.z, s.number(0.0))), s.number(1.0))
    both = s.do("Add", s.do("Relu", s.z), s.do("Mul", below, s.number(alpha)))
    return both if scale == 1 else s.do("Mul", both, s.number(scale))


def _gelu(s: Weighted) -> str:
    """Return z (1 + erf(z / sqrt(2))) / 2; erf by float32, since ONNX Runtime has none of float64."""
    scaled = s.graph.cast(s.do("Mul", s.z, s.number(1 / sqrt(2))), "float32")
    erf = s.graph.cast(s.do("Erf", scaled), s.dtype)
    return s.do("Mul", s.do("Mul", s.z, s.number(0.5)), s.do("Add", erf, s.number(1.0)))


def _softplus(s: Weighted) -> str:
    """Return max(z, 0) + log(1 + exp(-|z|)), in which nothing overflows."""
    small = s.do("Exp", s.do("Neg", s.do("Abs", s.z)))
    return s.do("Add", s.do("Relu", s.z), s.do("Log", s.do("Add", small, s.number(1.0))))


def _softsign(s: Weighted) -> str:
    return s.do("Div", s.z, s.do("Add", s.do("Abs", s.z), s.number(1.0)))


def _hard_sigmoid(s: Weighted) -> str:
    line = s.do("Add", s.do("Mul", s.z, s.number(1 / 6)), s.number(0.5))
    return s.do("Min", s.do("Max", line, s.number(0.0)), s.number(1.0))


OPERATORS: Mapping[str, Callable[[Weighted], str]] = MappingProxyType(
    {
        "identity": lambda s: s.z,
        "sigmoid": lambda s: s.do("Sigmoid", s.z),
        "tanh": lambda s: s.do("Tanh", s.z),
        "relu": lambda s: s.do("Relu", s.z),
        "leaky_relu": _leaky_relu,
        "elu": lambda s: _scaled_elu(s, s.activation.alpha, 1.0),
        "selu": lambda s: _scaled_elu(s, SELU_ALPHA, SELU_SCALE),
        "gelu": _gelu,
        "silu": lambda s: s.do("Mul", s.z, s.do("Sigmoid", s.z)),
        "softplus": _softplus,
        "softsign": _softsign,
        "hard_sigmoid": _hard_sigmoid,
        "exponential": lambda s: s.do("Exp", s.z),
        "softmax": lambda s: s.do("Softmax", s.z, axis=-1),
    }
)


def activated(graph: Graph, z: str, dtype: str, activation: Activation) -> str:
    """Add an activation function of z, and return its output."""
    return OPERATORS[activation.name](Weighted(graph, z, dtype, activation))
