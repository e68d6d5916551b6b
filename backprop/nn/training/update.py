"""The weight update of a step: the optimizer's calls, chunk by chunk, and a sweep behind them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from backprop.nn.calls import Array, Calls
from backprop.nn.choices.optimizers import OPTIMIZER_CHUNK, Chunk, Optimizer
from backprop.nn.training.position import Position

SWEEP_STEPS: Final = 64  # between two looks for numbers that have faded away


def update(optimizer: Optimizer, vectors: tuple[Array, Array], slots: Mapping[str, Array], position: Position) -> Calls:
    """Calls that move the parameters (..., P), the first of `vectors`, by their gradient (..., L), the second."""
    parameters, gradient = vectors
    calls: Calls = []
    *networks, length = gradient.shape
    chunk = max(1, OPTIMIZER_CHUNK // (networks[0] if networks else 1))
    scratch = np.empty((*networks, min(chunk, length)), gradient.dtype)
    for start in range(0, length, chunk):
        stop = min(start + chunk, length)
        w, g = parameters[..., start:stop], gradient[..., start:stop]
        own = {name: slot[..., start:stop] for name, slot in slots.items()}
        calls += optimizer.plan(Chunk(w, g, scratch[..., : stop - start], own), position)
        if own:
            calls.append(partial(_sweep, [*own.values()], position))
    return calls


def _sweep(slots: Sequence[Array], position: Position) -> None:
    """Every so often takes what is subnormal, and no more than nothing, for zero.

    Where gradients stay away, as a dead unit's do, an average of them fades until it is subnormal, and there it would
    remain: 0.9 times the least number is rounded to itself. Arithmetic with such numbers is many times slower: on the
    digits, after a hundred epochs of Adam at 0.01, a whole step took 1.6 times as long.
    """
    if position.step % SWEEP_STEPS == 0:
        for slot in slots:
            slot[np.abs(slot) < np.finfo(slot.dtype).tiny] = 0
