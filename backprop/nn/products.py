"""Matrix products, bound to their arrays: the one place where the engine multiplies."""

from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.linalg import blas

from backprop.nn.calls import Array, Call, Calls, scalar

# OpenBLAS multiplies without packing up to so many multiplications, a tenth to a quarter faster than beyond.
SMALL: Final = 10**6
# Above so many pieces what they gain is lost again: each reads the other matrix, or the result, once more.
MOST_PIECES: Final = 10


def product(left: Array, right: Array, out: Array, factor: float = 1.0) -> Call:
    """The one matrix product of the engine: out = factor * left @ right.

    Operands may be transposed views; BLAS reads them as they lie. `out` is C-contiguous, or its matrices are where it
    has a leading axis. Each of these is then the product of its own operands, an operand without that axis or with a
    single entry there being shared, and has the same bits in company as alone.
    """
    if out.ndim == 2:
        return _in_turn(_pieces(left, right, out, factor))
    lefts, rights = (np.broadcast_to(side, (len(out), *side.shape[-2:])) for side in (left, right))
    if len(out) > 1 and _same_together(lefts[0], rights[0], out[0], factor):
        return _matmul(left, right, out, factor)
    calls = [_pieces(*operands, factor) for operands in zip(lefts, rights, out, strict=True)]
    return _in_turn([call for pieces in calls for call in pieces])


def _matmul(left: Array, right: Array, out: Array, factor: float) -> Call:
    """NumPy's batched product: half the time of a call each for small matrices, but by rules and a BLAS of its own."""
    if factor == 1:
        return partial(np.matmul, left, right, out)
    number = scalar(factor, out)

    def run() -> None:
        np.matmul(left, right, out)
        np.multiply(out, number, out)

    return run


def _same_together(left: Array, right: Array, out: Array, factor: float) -> bool:
    """Whether both ways end in the same bits for matrices of these shapes and layouts; tried on random ones."""
    random = np.random.RandomState(0)
    a, b = (_random_alike(side, random) for side in (left, right))
    alone, together = np.empty(out.shape, out.dtype), np.empty((1, *out.shape), out.dtype)
    _in_turn(_pieces(a, b, alone, factor))()
    _matmul(a[None], b[None], together, factor)()
    return np.array_equal(alone, together[0])


def _random_alike(matrix: Array, random: np.random.RandomState) -> Array:
    rows, columns = matrix.shape
    if matrix.flags.c_contiguous:
        return random.random_sample((rows, columns)).astype(matrix.dtype) - 0.5
    return (random.random_sample((columns, rows)).astype(matrix.dtype) - 0.5).T


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
