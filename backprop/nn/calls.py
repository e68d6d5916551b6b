"""Calls bound to their arrays: what a plan is made of.

A step of training repeats the same few dozen NumPy calls on the same arrays. Binding each call to its arrays once and
then replaying the list leaves no slicing, allocation, look-up or branching in the loop.
"""

from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import blas

Array = npt.NDArray[Any]
Call = Callable[[], object]
Calls = list[Call]


def each(array: Array, axes: int = 1) -> list[Array]:
    """What belongs to each network: `array` itself where it has `axes` axes, the entries of its leading axis else."""
    return [array] if array.ndim == axes else list(array)


def entries(array: Array) -> Array:
    """A view of (..., units, batch) as (..., units * batch)."""
    return array.reshape(*array.shape[:-2], -1)


def dot(left: Array, right: Array) -> Callable[[], Any]:
    """A call that returns the dot product of two vectors (n,), or of each pair in (networks, n) as (networks,) float64.

    A pair has the same bits in company as alone.
    """
    of_two = blas.sdot if left.dtype == np.float32 else blas.ddot
    if left.ndim == 1:
        return partial(of_two, left, right)
    pairs = [partial(of_two, *pair) for pair in zip(each(left), each(right), strict=True)]
    return lambda: np.array([pair() for pair in pairs])


def row_sum(array: Array) -> Callable[[], Any]:
    """A call that adds up the last axis: to a float, or with a leading axis to (networks,) float64."""
    if array.ndim == 1:
        return lambda: float(np.add.reduce(array))
    return lambda: np.add.reduce(array, -1).astype(np.float64)


def norm(vector: Array) -> Callable[[], float]:
    """A call that returns the Euclidean norm of a vector."""
    return partial(blas.snrm2 if vector.dtype == np.float32 else blas.dnrm2, vector)


def axpy(like: Array) -> Callable[[Array, Array, int, Any], object]:
    """BLAS's axpy for arrays as `like`: axpy(x, y, y.size, factor) adds factor * x to y in place, in one pass.

    With a leading axis `factor` may be an array of one number a network.
    """
    function: Callable[[Array, Array, int, Any], object] = blas.saxpy if like.dtype == np.float32 else blas.daxpy
    return function if like.ndim == 1 else partial(_axpy_each, function)


def _axpy_each(
    function: Callable[[Array, Array, int, float], object], x: Array, y: Array, size: int, factor: Any
) -> None:
    if isinstance(factor, float) and factor == 1:
        np.add(y, x, y)
        return
    numbers = np.broadcast_to(factor, len(y)).tolist()
    for of_x, of_y, number in zip(x, y, numbers, strict=True):
        function(of_x, of_y, size // len(y), number)


def scal(like: Array) -> Callable[[Any, Array], object]:
    """BLAS's scal for arrays as `like`: scal(factor, x) multiplies x by the factor in place.

    With a leading axis `factor` may be an array of one number a network.
    """
    function: Callable[[Any, Array], object] = blas.sscal if like.dtype == np.float32 else blas.dscal
    return function if like.ndim == 1 else _scal_each


def _scal_each(factor: Any, x: Array) -> None:
    np.multiply(x, np.asarray(factor, x.dtype)[..., None], x)


def scalar(value: float, like: Array) -> Array:
    """A number as a 0-d array of `like`'s dtype: ufuncs take it faster than a Python float, and it can be set anew.

    One beyond the dtype is infinite.
    """
    with np.errstate(over="ignore"):
        return np.array(value, like.dtype)


def quiet_context() -> Context:
    """A context whose `run` calls a function with floating-point warnings off, at a tenth of np.errstate's cost.

    What overflows in a plan becomes inf or NaN and stays so; the finite checks at the epoch's end find it.
    """
    context = copy_context()
    context.run(np.seterr, all="ignore")
    return context
