"""Plans: the calls that carry one batch through a network, bound once to arrays and replayed for every batch.

`ForwardPlan` is the feed-forward pass; `TrainingPlan` adds backpropagation. Both get the forward pass from `_wire`.
"""

from collections.abc import Sequence

import numpy as np

from backprop.nn.calls import Array, Calls
from backprop.nn.choices.activations import ACTIVATIONS
from backprop.nn.choices.losses import Loss
from backprop.nn.network import Network, matrices
from backprop.nn.passes.layers import Dense, Dropout
from backprop.nn.passes.signals import Signal, with_ones

Dropouts = Sequence[Dropout | None]


class ForwardPlan:
    """Feed-forward: from x to the output layer's a.

    x        (..., inputs, batch) to be filled by the caller, samples as columns
    output   the output layer's Signal, output.a (..., outputs, batch) being the answer
    forward  the calls in between
    """

    def __init__(self, network: Network, flat: Array, shape: tuple[int, ...], dropouts: Dropouts = ()) -> None:
        """`flat` (..., P) are the live parameters; `shape` is (..., batch); `dropouts` are for training alone."""
        self.layers, self.forward = _wire(network, flat, shape, dropouts or (None,) * len(network.layers))
        self.x = self.layers[0].x[..., : network.inputs, :]
        self.output = self.layers[-1].signal


class TrainingPlan(ForwardPlan):
    """Feed-forward, and backpropagation of the loss's derivative to every weight.

    y         (..., outputs, batch) to be filled by the caller
    loss      the call that returns the batch's loss, summed over its rows; after `forward`
    backward  the calls that fill the gradient vector; after `loss`
    """

    def __init__(
        self, network: Network, parameters: tuple[Array, Array], batch: int, loss: Loss, dropouts: Dropouts = ()
    ) -> None:
        """`parameters` are the flat vector and its gradient, of one length; `dropouts` has one entry a layer."""
        flat, gradient = parameters
        super().__init__(network, flat, (batch,), dropouts)
        self.y = np.zeros_like(self.output.a)
        self.loss = loss.forward(self.output, self.y)
        self.backward = self._backward(loss, matrices(network, gradient))

    def _backward(self, loss: Loss, gradients: list[Array]) -> Calls:
        *hidden, output = self.layers
        # Backward to the output layer: delta = dL/dz from the loss.
        calls = loss.backward(output.signal, self.y)
        if loss.fused_with != output.activation.name:
            calls += output.slope()
        mean = 1 / loss.size(output.signal)
        calls.append(output.gradient(gradients[-1], mean))
        # Backward to each hidden layer: what the layer above passes back, times the own slope.
        above = output
        for layer, gradient in zip(reversed(hidden), reversed(gradients[:-1]), strict=True):
            calls.append(above.pass_back(layer.signal))
            calls += layer.slope()
            calls.append(layer.gradient(gradient, mean))
            above = layer
        return calls


def _wire(network: Network, flat: Array, shape: tuple[int, ...], dropouts: Dropouts) -> tuple[list[Dense], Calls]:
    """The layers, each one's outputs being the next one's x, and the calls of the feed-forward pass."""
    scratch = np.empty((*shape[:-1], max(layer.units for layer in network.layers) * shape[-1]), network.dtype)
    x = with_ones(_with_rows(network.inputs, shape), network.dtype, network.bias)
    layers: list[Dense] = []
    calls: Calls = []
    for layer, w, dropout in zip(network.layers, matrices(network, flat), dropouts, strict=True):
        sent = with_ones(_with_rows(layer.units, shape), network.dtype, network.bias)
        outputs = sent[..., : layer.units, :]
        # The slope is told from a as it was before dropout.
        a = np.empty_like(outputs) if dropout else outputs
        # The loss may read the output layer's z.
        keeps_z = layer is network.layers[-1] or ACTIVATIONS[layer.activation].keeps_z
        layers.append(Dense(layer, w, x, _signal(a, scratch, keeps_z), dropout))
        calls += layers[-1].forward(outputs)
        x = sent
    return layers, calls


def _with_rows(rows: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:-1], rows, shape[-1])


def _signal(a: Array, scratch: Array, keeps_z: bool) -> Signal:
    *lead, units, batch = a.shape
    return Signal(
        z=np.empty(a.shape, a.dtype) if keeps_z else a,
        a=a,
        delta=np.empty(a.shape, a.dtype),
        scratch=scratch[..., : units * batch].reshape(a.shape),
        total=np.empty(a.shape, a.dtype),
        largest=np.empty((*lead, batch), a.dtype),
    )
