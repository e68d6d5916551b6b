"""Activation functions, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from backprop.nn.choices.activations.activation import Activation
from backprop.nn.choices.activations.bounded import HardSigmoid, Sigmoid, Softsign, Tanh
from backprop.nn.choices.activations.plain import Exponential, Identity, Softmax
from backprop.nn.choices.activations.rectifiers import Elu, Gelu, LeakyRelu, Relu, Selu, Silu, Softplus

__all__ = ["ACTIVATIONS", "Activation"]

ACTIVATIONS: Mapping[str, type[Activation]] = MappingProxyType(
    {
        activation.name: activation
        for activation in (
            Identity,
            Sigmoid,
            Tanh,
            Relu,
            LeakyRelu,
            Elu,
            Selu,
            Gelu,
            Silu,
            Softplus,
            Softsign,
            HardSigmoid,
            Exponential,
            Softmax,
        )
    }
)
