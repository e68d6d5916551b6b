"""What training will take, told from the shapes alone."""

import numpy as np

from backprop.nn.batches import BLOCK_BYTES
from backprop.nn.evaluation import chunk_rows
from backprop.nn.network import Network
from backprop.nn.recipe import Recipe


def flops_per_row(network: Network) -> int:
    """Floating-point operations of a training step for one row: three products a layer, each a multiply and an add."""
    return 6 * sum(inputs * units for inputs, units in network.fan)


def buffer_bytes(network: Network, recipe: Recipe, rows: int) -> int:
    """Bytes that a Training of `rows` rows allocates beside its examples, rather too many than too few.

    The flat vectors (parameters, gradient, slots, the best, and a State's copies while it is written), the signals of
    the whole batch, of the smaller last one and of an evaluation's chunk, and a block of rows.
    """
    itemsize = np.dtype(network.dtype).itemsize
    vectors = 2 + len(recipe.optimizer.slots) + recipe.stop.restores
    batch = min(recipe.batch_size, rows)
    units = sum(layer.units for layer in network.layers)
    per_column = network.inputs + 1 + 6 * units + 4 * network.outputs + 2 * len(network.layers)
    columns = 2 * batch + chunk_rows(network)
    block = max(BLOCK_BYTES, batch * (network.inputs + network.outputs) * itemsize)
    return itemsize * (2 * vectors * network.parameter_count + columns * per_column) + block
