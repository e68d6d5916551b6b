"""Matrix products, bound to their arrays: the one place where the engine multiplies."""

from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.linalg import blas

from backprop.nn.calls import Array, Call, Calls

# OpenBLAS multiplies without packing up to so many multiplications, a tenth to a quarter faster than beyond.
SMALL: Final = 10**6
# Above so many pieces what they gain is lost again: each reads the other matrix, or the result, once more.
MOST_PIECES: Final = 10


def product(left: Array, right: Array, out: Array, factor: float = 1.0) -> Call:
    """The one matrix product of the engine: out = factor * left @ right, for every matrix of a leading axis alike.

    Operands may be transposed views; BLAS reads them as they lie. `out` is C-contiguous.
    """
    if out.ndim == 2:
        return _in_turn(_pieces(left, right, out, factor))

    def matmul() -> None:
        np.matmul(left, right, out)
        if factor != 1:
            np.multiply(out, factor, out)

    return matmul


def _pieces(left: Array, right: Array, out: Array, factor: float) -> Calls:
    """The product in pieces small enough for the quick way, as far as they can be cut without copying."""
    rows, inner = left.shape
    pieces = -(-out.size * inner // SMALL)
    if pieces > MOST_PIECES or not right.flags.c_contiguous:
        return [_gemm(left, right, out, factor)]
    if left.flags.c_contiguous:  # strips of the result
        return [_gemm(left[i:j], right, out[i:j], factor) for i, j in _cuts(rows, pieces)]
    # Strips of the inner dimension: each but the first adds to what is there.
    return [_gemm(left[:, i:j], right[i:j], out, factor, add=i > 0) for i, j in _cuts(inner, pieces)]


def _cuts(length: int, pieces: int) -> list[tuple[int, int]]:
    pieces = min(pieces, length)
    return list(pairwise(length * piece // pieces for piece in range(pieces + 1)))


def _in_turn(calls: Calls) -> Call:
    if len(calls) == 1:
        return calls[0]

    def run() -> None:
        for call in calls:
            call()

    return run


def _gemm(left: Array, right: Array, out: Array, factor: float, *, add: bool = False) -> Call:
    """SciPy's gemm, which costs half of np.dot on small matrices and multiplies by the factor for nothing.

    BLAS reads a C-contiguous matrix as its transpose: it is asked for out^T = right^T left^T.
    """
    # SciPy would work on a copy, and `out` would stay as it was.
    assert out.flags.c_contiguous and left.dtype == right.dtype == out.dtype  # noqa: PT018, S101 - a caller's bug
    gemm = blas.sgemm if out.dtype == np.float32 else blas.dgemm
    first, first_transposed = _fortran(right)
    second, second_transposed = _fortran(left)
    return partial(gemm, factor, first, second, float(add), out.T, first_transposed, second_transposed, 1)


def _fortran(matrix: Array) -> tuple[Array, bool]:
    """The matrix's transpose as BLAS wants it: a Fortran-contiguous array, and whether BLAS has to transpose that."""
    return (matrix.T, False) if matrix.flags.c_contiguous else (matrix, True)
