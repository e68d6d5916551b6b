"""The confusion matrix: how often rows of each true class were taken for each class."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from backprop.plots.style import INK, shortened
from backprop.plots.subjects import Confusion

SMALLEST, LARGEST = 5.2, 14.0  # the matrix's side, in inches
INCHES_A_CLASS = 0.42
MOST_COUNTED = 25  # classes, whose cells have room for a number
MOST_LABELLED = 50  # classes; of more, some are named
SHALLOW = 0.6  # the share up to which a cell is light, and its number dark


def draw(figure: Figure, subject: Confusion) -> None:
    """Draw a cell for each pair of classes, coloured by the share of the true class, with its count."""
    classes = len(subject.classes)
    side = min(max(SMALLEST, 2.5 + INCHES_A_CLASS * classes), LARGEST)
    figure.set_size_inches(side + 1.2, side + 0.6)
    axes = figure.subplots()
    totals = subject.counts.sum(axis=1, keepdims=True)
    shares = subject.counts / np.maximum(totals, 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    axes.grid(visible=False)
    axes.set(xlabel="predicted", ylabel="true")
    _name(axes, subject.classes)
    if classes <= MOST_COUNTED:
        _count(axes, subject.counts, shares)
    figure.colorbar(image, ax=axes, shrink=0.8, label="share of the true class").outline.set_visible(False)


def _name(axes: Axes, classes: tuple[str, ...]) -> None:
    step = -(-len(classes) // MOST_LABELLED)
    places = range(0, len(classes), step)
    names = [shortened(classes[place]) for place in places]
    size = 9 if len(classes) <= MOST_COUNTED else 7
    slanted: dict[str, Any] = (
        {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if max(map(len, names)) > 3 else {}
    )
    axes.set_xticks(places, names, fontsize=size, **slanted)
    axes.set_yticks(places, names, fontsize=size)


def _count(axes: Axes, counts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
    size = 11 if len(counts) <= 10 else 7
    for row, column in np.ndindex(counts.shape):
        colour = INK if shares[row, column] <= SHALLOW else "white"
        text = axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", fontsize=size, color=colour)
        text.set_in_layout(False)  # it lies within, and hundreds of them take a second to measure
