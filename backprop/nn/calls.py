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


def dot(left: Array, right: Array) -> Callable[[], float]:
    """A call that returns the dot product of two vectors."""
    return partial(blas.sdot if left.dtype == np.float32 else blas.ddot, left, right)


def axpy(like: Array) -> Callable[[Array, Array, int, float], object]:
    """BLAS's axpy for `like`'s dtype: axpy(x, y, n, factor) adds factor * x to y in place, in one pass."""
    function: Callable[[Array, Array, int, float], object] = blas.saxpy if like.dtype == np.float32 else blas.daxpy
    return function


def scal(like: Array) -> Callable[[float, Array], object]:
    """BLAS's scal for `like`'s dtype: scal(factor, x) multiplies x by the factor in place."""
    function: Callable[[float, Array], object] = blas.sscal if like.dtype == np.float32 else blas.dscal
    return function


def scalar(value: float, like: Array) -> Array:
    """A number as a 0-d array of `like`'s dtype: ufuncs take it faster than a Python float, and it can be set anew."""
    return np.array(value, like.dtype)


def quiet_context() -> Context:
    """A context whose `run` calls a function with floating-point warnings off, at a tenth of np.errstate's cost.

    What overflows in a plan becomes inf or NaN and stays so; the finite checks at the epoch's end find it.
    """
    context = copy_context()
    context.run(np.seterr, all="ignore")
    return context
