"""The one matrix product, against NumPy's."""

import numpy as np
import pytest

from backprop.nn.calls import Array
from backprop.nn.products import MOST_PIECES, SMALL, product

WHOLE, CUT, BEYOND = (4, 5, 6), (100, 70, 300), (130, 400, 250)


def layouts(matrix: Array) -> tuple[Array, Array]:
    """The same numbers lying row by row, and column by column."""
    return matrix, np.ascontiguousarray(matrix.swapaxes(-1, -2)).swapaxes(-1, -2)


@pytest.mark.parametrize("lead", [(), (3,)])
@pytest.mark.parametrize("shape", [WHOLE, CUT, BEYOND])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_product_takes_operands_as_they_lie(dtype: str, shape: tuple[int, int, int], lead: tuple[int, ...]) -> None:
    rows, inner, columns = shape
    random = np.random.RandomState(0)
    left = random.normal(size=(*lead, rows, inner)).astype(dtype)
    right = random.normal(size=(*lead, inner, columns)).astype(dtype)
    expected = 0.5 * (left.astype(np.float64) @ right)
    out = np.empty(expected.shape, dtype)
    for a in layouts(left):
        for b in layouts(right):
            out[...] = 7  # what lay there before must not count
            product(a, b, out, 0.5)()
            assert out == pytest.approx(expected, rel=0, abs=float(np.finfo(dtype).eps) * inner * 4)


def test_the_shapes_above_are_whole_cut_and_too_large_to_be_cut() -> None:
    sizes = [np.prod(shape) for shape in (WHOLE, CUT, BEYOND)]
    assert sizes[0] < SMALL < sizes[1] < MOST_PIECES * SMALL < sizes[2]
