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

Array = npt.NDArray[Any]
Call = Callable[[], object]
Calls = list[Call]


def product(left: Array, right: Array, out: Array) -> Call:
    """The one matrix product of the engine: out = left @ right, for every matrix of a leading axis where there is one.

    The operands may be transposed views; BLAS reads them as they lie. `out` is C-contiguous.
    """
    if left.ndim == right.ndim == 2:
        return partial(np.dot, left, right, out)
    return partial(np.matmul, left, right, out)


def scalar(value: float, like: Array) -> Array:
    """A number as a 0-d array of `like`'s dtype: a ufunc takes it faster than a Python float, and it can be set anew."""
    return np.array(value, like.dtype)


def quiet_context() -> Context:
    """A context whose `run` calls a function with floating-point warnings off, at a tenth of np.errstate's cost.

    What overflows in a plan becomes inf or NaN and stays so; the finite checks at the epoch's end find it.
    """
    context = copy_context()
    context.run(np.seterr, all="ignore")
    return context
