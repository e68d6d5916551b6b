"""The arrays that one layer leaves behind in one batch: z, a, delta and room to work in."""

from dataclasses import dataclass

import numpy as np

from backprop.nn.calls import Array


@dataclass(frozen=True, slots=True)
class Signal:
    """One layer's arrays for one batch shape; samples are columns, a leading axis may stand in front.

    z           (..., units, batch)  weighted inputs; the same array as a where nobody reads it later
    a           (..., units, batch)  activations
    delta       (..., units, batch)  dL/da on its way to becoming dL/dz
    scratch     (..., units, batch)  free between two calls' groups; shared with the other layers
    kept        (..., units, batch)  what f's forward pass leaves for its backward, or the loss's (softmax's totals)
    per_sample  (..., batch)         one number a sample: softmax's largest z, then the sample's loss
    """

    z: Array
    a: Array
    delta: Array
    scratch: Array
    kept: Array
    per_sample: Array

    @property
    def size_of_one(self) -> int:
        """Elements of z in one network and batch, however many stand on the leading axis."""
        units, batch = self.z.shape[-2:]
        return int(units * batch)


def with_ones(shape: tuple[int, ...], dtype: str, bias: bool) -> Array:
    """An array (..., units, batch) to be read by a layer: with a bias it has one more row, of ones, at its end.

    With that row the bias is one more row of the weight matrix, and a layer is a single matrix product.
    """
    *lead, units, batch = shape
    rows = np.zeros((*lead, units + bias, batch), dtype)
    rows[..., units:, :] = 1
    return rows
