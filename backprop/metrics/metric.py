"""The form of a figure of predictions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from numpy.typing import NDArray

Numbers = NDArray[Any]
Score = Callable[[Numbers, Numbers], float]

PROBABILITIES: Final = ("softmax", "sigmoid", "hard_sigmoid")


@dataclass(frozen=True)
class Metric:
    """A figure of predictions of one task: `score(y, a)`, NaN where it is undefined.

    For a classification y is (rows,), the place of each row's class, and a (rows, classes), the network's outputs; for
    labels y is (rows, labels) of 0 and 1, and a the outputs likewise; for a regression both are (rows,) or (rows,
    targets), in the targets' own units, and the figure is the targets' mean.

    over   the output activations that it needs; none named: any
    above  how many classes there must be more of, for it to say anything
    """

    meaning: str
    score: Score
    over: tuple[str, ...] = ()
    above: int = 0
