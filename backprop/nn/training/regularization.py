"""Regularization: what keeps weights and gradients small, as calls around the weight update; none where it is off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from scipy.linalg import blas

from backprop.nn.calls import Array, Calls, axpy, dot, scalar
from backprop.nn.network import Network, layer_parameters


@dataclass(frozen=True)
class Regularization:
    """The means that are switched on; l1, l2 and max_norm are about weights, not biases.

    l1, l2      the batch's loss gets l1 * sum(|w|) / rows and l2 * sum(w^2) / (2 * rows) added (scikit-learn's alpha is
                l2); the losses that are told leave both out
    clip_value  each entry of the gradient is cut to [-clip_value, clip_value]
    clip_norm   a gradient longer than that is shortened to it (Pascanu et al. 2013, as torch's clip_grad_norm_)
    max_norm    after each step no unit's incoming weights are longer than that (Srivastava et al. 2014, section 5.1)
    """

    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    max_norm: float | None = None


NONE: Final = Regularization()


def penalties(network: Network, chosen: Regularization, parameters: tuple[Array, Array], rows: int) -> Calls:
    """Calls that add the penalties' derivatives, l1 * sign(w) / rows and l2 * w / rows, to the gradient."""
    if not (chosen.l1 or chosen.l2):
        return []
    calls: Calls = []
    flat, gradient = parameters
    for w, g in zip(_weights(network, flat), _weights(network, gradient), strict=True):
        if chosen.l2:
            calls.append(partial(axpy(w, g), chosen.l2 / rows))
        if chosen.l1:
            sign = np.empty_like(w)
            calls += [partial(np.sign, w, sign), partial(axpy(sign, g), chosen.l1 / rows)]
    return calls


def l2_penalty(network: Network, chosen: Regularization, flat: Array, rows: int) -> Callable[[], float]:
    """A call that returns the penalty l2 * sum(w^2) / (2 * rows) itself."""
    squares = [dot(w, w) for w in _weights(network, flat)] if chosen.l2 else []
    return lambda: chosen.l2 / (2 * rows) * sum(square() for square in squares)


def clipping(chosen: Regularization, gradient: Array) -> Calls:
    """Calls that cut the gradient entry by entry, then shorten it as a whole."""
    calls: Calls = []
    if chosen.clip_value is not None:
        bound = scalar(chosen.clip_value, gradient)
        calls += [
            partial(np.minimum, gradient, bound, out=gradient),
            partial(np.maximum, gradient, -bound, out=gradient),
        ]
    if chosen.clip_norm is not None:
        length = blas.snrm2 if gradient.dtype == np.float32 else blas.dnrm2
        most = chosen.clip_norm

        def shorten() -> None:
            norm = float(length(gradient))
            if norm + 1e-6 > most:
                np.multiply(gradient, most / (norm + 1e-6), gradient)

        calls.append(shorten)
    return calls


def constraint(network: Network, chosen: Regularization, flat: Array) -> Calls:
    """Calls that shorten every column of w, one unit's incoming weights, that is longer than max_norm."""
    most = chosen.max_norm
    return [] if most is None else [partial(_shorten_columns, w, most) for w in _matrices(network, flat)]


def _shorten_columns(w: Array, most: float) -> None:
    lengths = np.sqrt(np.add.reduce(w * w, 0))
    np.multiply(w, most / np.maximum(lengths, most), w)


def _weights(network: Network, flat: Array) -> Sequence[Array]:
    """Each layer's weights without the biases, as vectors."""
    return [w.reshape(-1) for w in _matrices(network, flat)]


def _matrices(network: Network, flat: Array) -> Sequence[Array]:
    layers = zip(layer_parameters(network, flat), network.fan, strict=True)
    return [p.w[:inputs] for p, (inputs, _) in layers]
