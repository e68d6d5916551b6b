"""Residuals: predicted values against true ones, and what is left between them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from backprop.plots.style import BLUE, GREY, drawable, say, shortened
from backprop.plots.subjects import Residuals

WIDTH, HEIGHT = 10.0, 4.8  # of the first target; each further one adds
HEIGHT_A_TARGET = 4.2


def draw(figure: Figure, subject: Residuals) -> None:
    """Draw two panels a target: predicted against true, and the residual, true less predicted, against predicted."""
    targets = len(subject.targets)
    figure.set_size_inches(WIDTH, HEIGHT + HEIGHT_A_TARGET * (targets - 1))
    panels = figure.subplots(targets, 2, squeeze=False)
    for place, name in enumerate(subject.targets):
        truth, predicted = drawable(subject.truth[:, place]), drawable(subject.predicted[:, place])
        known = np.isfinite(truth) & np.isfinite(predicted)
        _target(panels[place], shortened(name), truth[known], predicted[known])


def _target(panels: NDArray[np.object_], name: str, truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> None:
    pairs: Axes = panels[0]
    left: Axes = panels[1]
    if not len(truth):
        say(pairs, f"no prediction of {name} is finite")
        left.set_axis_off()
        return
    ends = [min(truth.min(), predicted.min()), max(truth.max(), predicted.max())]
    pairs.plot(ends, ends, color=GREY, linestyle="--", linewidth=1, label="exact")
    _scatter(pairs, truth, predicted)
    pairs.set(title=f"{name}: predicted against true", xlabel="true", ylabel="predicted")
    pairs.legend()
    left.axhline(0, color=GREY, linestyle="--", linewidth=1)
    _scatter(left, predicted, truth - predicted)
    left.set(title=f"{name}: residuals", xlabel="predicted", ylabel="true less predicted")


def _scatter(axes: Axes, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    axes.plot(x, y, color=BLUE, linestyle="", marker="o", ms=4.5, alpha=0.55, markeredgewidth=0)
