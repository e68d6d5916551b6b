"""What training will take, told from the shapes alone."""

import numpy as np

from backprop.nn.choices.optimizers import OPTIMIZER_CHUNK
from backprop.nn.evaluation import chunk_rows
from backprop.nn.network import Network
from backprop.nn.training.batches import BLOCK_BYTES
from backprop.nn.training.recipe import Recipe


def flops_per_row(network: Network) -> int:
    """Floating-point operations of a training step for one row: three products a layer, each a multiply and an add."""
    return 6 * sum(inputs * units for inputs, units in network.fan)


def buffer_bytes(network: Network, recipe: Recipe, rows: int) -> int:
    """Bytes that a Training of `rows` rows allocates beside its examples, rather too many than too few.

    The flat vectors, twice more what a State copies while it is taken and written; every layer's signal for a batch,
    for the smaller last one and for an evaluation's chunk; a block of rows; the epoch's order; the optimizer's own.
    """
    itemsize = np.dtype(network.dtype).itemsize
    saved = 1 + len(recipe.optimizer.slots) + recipe.stop.restores
    vectors = (1 + 3 * saved + recipe.health) * network.parameter_count + OPTIMIZER_CHUNK
    batch = min(recipe.batch_size, rows)
    # z, a, delta, total and the room of an activation or a loss; with dropout the mask, its words, and a * mask.
    # Batch normalization keeps one more array.
    arrays = sum((9 if layer.dropout else 6) * layer.units + layer.batch_norm * layer.units for layer in network.layers)
    columns = (2 * batch + 2 * chunk_rows(network)) * (network.inputs + 1 + arrays)
    block = max(BLOCK_BYTES, batch * (network.inputs + network.outputs) * itemsize)
    order = 3 * 8 * rows  # random keys, their order, and the sort's own room
    own = recipe.optimizer.workspace_bytes(network.learned_count)
    return itemsize * (vectors + columns) + block + order + own
