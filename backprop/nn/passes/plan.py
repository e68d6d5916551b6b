"""Plans: the calls that carry one batch through a network, bound once to arrays and replayed for every batch.

`ForwardPlan` is the feed-forward pass; `TrainingPlan` adds backpropagation. Both get the forward pass from `_wire`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from backprop.nn.calls import Array, Calls, dot, scalar
from backprop.nn.choices.losses import Loss
from backprop.nn.network import LayerParameters, Network, layer_parameters
from backprop.nn.passes.layers import Dense, Dropout
from backprop.nn.passes.normalization import BatchNorm
from backprop.nn.passes.signals import Signal, with_ones

Dropouts = Sequence[Dropout | None]


class ForwardPlan:
    """Feed-forward: from x to the output layer's a.

    x        (..., inputs, batch) to be filled by the caller, samples as columns
    output   the output layer's Signal, output.a (..., outputs, batch) being the answer
    forward  the calls in between
    """

    def __init__(self, network: Network, flat: Array, shape: tuple[int, ...], dropouts: Dropouts | None = None) -> None:
        """`flat` (..., P) are the live parameters; `shape` is (..., batch); `dropouts` are for training alone."""
        self.layers, self.forward = _wire(network, flat, shape, dropouts)
        self.x = self.layers[0].x[..., : network.inputs, :]
        self.output = self.layers[-1].signal


@dataclass(frozen=True)
class Objective:
    """What training makes small: the mean of a loss over the batch's rows, weighted where rows have weights."""

    loss: Loss
    weighted: bool = False


class TrainingPlan(ForwardPlan):
    """Feed-forward, and backpropagation of the loss's derivative to every weight.

    y         (..., outputs, batch) to be filled by the caller
    weight    (..., batch) the rows' weights, to be filled by the caller; None where rows have none
    loss      the call that returns the rows' losses, each times its weight, summed; after `forward`
    backward  the calls that fill the gradient vector; after `loss`
    """

    def __init__(
        self, network: Network, parameters: tuple[Array, Array], batch: int, goal: Objective, dropouts: Dropouts = ()
    ) -> None:
        """`parameters`: the flat vector (..., P) and its gradient; `dropouts` has one entry a layer, or none at all."""
        flat, gradient = parameters
        shape = (*flat.shape[:-1], batch)
        super().__init__(network, flat, shape, dropouts or (None,) * len(network.layers))
        self.y = np.zeros_like(self.output.a)
        self.weight = np.ones(shape, flat.dtype) if goal.weighted else None
        self.loss = (
            goal.loss.total(self.output, self.y)
            if self.weight is None
            else self._weighted_total(goal.loss, self.weight)
        )
        self.backward = self._backward(goal.loss, layer_parameters(network, gradient))

    def _backward(self, loss: Loss, gradients: list[LayerParameters]) -> Calls:
        *hidden, output = self.layers
        # Backward to the output layer: delta = dL/dz from the loss.
        calls = [*loss.backward(output.signal, self.y), *self._weigh()]
        if loss.fused_with != output.f.name:
            calls += output.slope()
        mean = 1 / loss.size(output.signal)
        calls += output.gradient(gradients[-1], mean)
        # Backward to each hidden layer: what the layer above passes back, times the own slope.
        above = output
        for layer, gradient in zip(reversed(hidden), reversed(gradients[:-1]), strict=True):
            calls.append(above.pass_back(layer.signal))
            calls += layer.slope()
            calls += layer.gradient(gradient, mean)
            above = layer
        return calls

    def _weigh(self) -> Calls:
        """Each row's part of delta times its weight over the batch's mean weight: the mean becomes a weighted one."""
        if self.weight is None:
            return []
        weight, share = self.weight, np.empty_like(self.weight)
        total = np.empty((*weight.shape[:-1], 1), weight.dtype)
        rows, least = scalar(weight.shape[-1], weight), scalar(np.finfo(weight.dtype).tiny, weight)
        return [
            partial(np.add.reduce, weight, -1, None, total, True),
            partial(np.maximum, total, least, out=total),  # rows that weigh nothing teach nothing
            partial(np.divide, rows, total, total),
            partial(np.multiply, weight, total, share),
            partial(np.multiply, self.output.delta, share[..., None, :], self.output.delta),
        ]

    def _weighted_total(self, loss: Loss, weight: Array) -> Callable[[], Any]:
        calls, weighted = loss.forward(self.output, self.y), dot(self.output.per_sample, weight)

        def value() -> Any:
            for call in calls:
                call()
            return weighted()

        return value


def _wire(
    network: Network, flat: Array, shape: tuple[int, ...], dropouts: Dropouts | None
) -> tuple[list[Dense], Calls]:
    """The layers, each one's outputs being the next one's x, and the calls of the feed-forward pass.

    `dropouts` None: as in prediction, with running statistics in batch normalization.
    """
    scratch = np.empty((*shape[:-1], max(layer.units for layer in network.layers) * shape[-1]), network.dtype)
    x = with_ones(_with_rows(network.inputs, shape), network.dtype, network.bias)
    layers: list[Dense] = []
    calls: Calls = []
    for number, (layer, p) in enumerate(zip(network.layers, layer_parameters(network, flat), strict=True)):
        dropout = dropouts[number] if dropouts is not None else None
        sent = with_ones(_with_rows(layer.units, shape), network.dtype, network.bias)
        outputs = sent[..., : layer.units, :]
        # The slope is told from a as it was before dropout.
        a = np.empty_like(outputs) if dropout else outputs
        # The loss may read the output layer's z.
        keeps_z = layer is network.layers[-1] or layer.f.keeps_z
        dense = Dense(layer, p, x, _signal(a, scratch, keeps_z))
        dense.dropout = dropout
        if layer.batch_norm and dropouts is not None:
            dense.norm = BatchNorm(p, dense.signal.z, dense.signal.scratch)
        layers.append(dense)
        calls += dense.forward(outputs)
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
        kept=np.empty(a.shape, a.dtype),
        per_sample=np.empty((*lead, batch), a.dtype),
    )
