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
    if _same_together(of_two, left[0]):
        return lambda: np.vecdot(left, right).astype(np.float64)
    pairs = [partial(of_two, *pair) for pair in zip(each(left), each(right), strict=True)]
    return lambda: np.array([pair() for pair in pairs])


def _same_together(of_two: Callable[[Array, Array], float], like: Array) -> bool:
    """Whether NumPy's call for all pairs, with a BLAS of its own, ends in the same bits; tried on a random pair."""
    left, right = (np.random.RandomState(seed).random_sample(like.shape).astype(like.dtype) - 0.5 for seed in (0, 1))
    return bool(np.vecdot(left[None], right[None])[0] == of_two(left, right))


def row_sum(array: Array) -> Callable[[], Any]:
    """A call that adds up the last axis: to a float, or with a leading axis to (networks,) float64.

    As a dot product with ones it takes a quarter of the time of np.add.reduce on a short vector.
    """
    return dot(array, np.ones_like(array))


def norm(vector: Array) -> Callable[[], float]:
    """A call that returns the Euclidean norm of a vector."""
    return partial(blas.snrm2 if vector.dtype == np.float32 else blas.dnrm2, vector)


def axpy(x: Array, y: Array) -> Callable[[Any], object]:
    """BLAS's axpy: a call that, given a factor, adds factor * x to y in place, in one pass.

    With a leading axis the factor may be an array of one number a network.
    """
    function = blas.saxpy if x.dtype == np.float32 else blas.daxpy
    size = x.shape[-1]
    if x.ndim == 1:
        return partial(function, x, y, size)
    of_each = [partial(function, *pair, size) for pair in zip(each(x), each(y), strict=True)]

    def add(factor: Any) -> None:
        if isinstance(factor, float) and factor == 1:
            np.add(y, x, y)
            return
        numbers = factor.tolist() if isinstance(factor, np.ndarray) else [factor] * len(y)
        for of_one, number in zip(of_each, numbers, strict=True):
            of_one(number)

    return add


def scal(x: Array) -> Callable[[Any], object]:
    """BLAS's scal: a call that, given a factor, multiplies x by it in place.

    With a leading axis the factor may be an array of one number a network.
    """
    if x.ndim > 1:
        return lambda factor: np.multiply(x, np.asarray(factor, x.dtype)[..., None], x)
    return partial(blas.sscal if x.dtype == np.float32 else blas.dscal, x=x)


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
