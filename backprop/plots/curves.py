"""Curves: loss and accuracy over the epochs, of the training rows and of the validation rows."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from backprop.plots.style import BLUE, GREY, ORANGE, drawable, say
from backprop.plots.subjects import Curves

PANELS: Mapping[str, Mapping[str, str]] = {
    "loss": {"loss": "training", "validation_loss": "validation"},
    "accuracy": {"accuracy": "training", "validation_accuracy": "validation"},
}
COLOURS: Mapping[str, str] = {"training": BLUE, "validation": ORANGE}
WIDTH, HEIGHT = 10.0, 5.0
LOGARITHMIC_FROM = 100.0  # times the smallest loss
FEW = 30  # points, which are then marked

Columns = Mapping[str, NDArray[np.float64]]


def draw(figure: Figure, subject: Curves) -> None:
    """Draw a panel for each figure that there are columns of, over the same epochs."""
    figure.set_size_inches(WIDTH, HEIGHT)
    epochs = subject.columns["epoch"]
    shown = [name for name in PANELS if name in subject.columns]
    if not len(epochs) or not shown:
        say(figure.subplots(), subject.absent)
        return
    for name, axes in zip(shown, figure.subplots(1, len(shown), squeeze=False)[0], strict=True):
        _panel(axes, name, {column: drawable(values) for column, values in subject.columns.items()})


def _panel(axes: Axes, name: str, columns: Columns) -> None:
    epochs = columns["epoch"]
    curves = {label: columns[column] for column, label in PANELS[name].items() if column in columns}
    for label, values in curves.items():
        axes.plot(epochs, values, color=COLOURS[label], label=label, marker="o" if len(epochs) <= FEW else "", ms=3)
    axes.set_title(name)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda epoch, _: f"{epoch:,.0f}"))
    _scale(axes, name, np.concatenate([*curves.values()]))
    _mark_end(axes, epochs, curves)
    axes.legend()


def _scale(axes: Axes, name: str, values: NDArray[np.float64]) -> None:
    if name == "accuracy":
        axes.set_ylim(-0.02, 1.02)
        return
    positive = values[values > 0]
    if len(positive) and not (values < 0).any() and positive.max() > LOGARITHMIC_FROM * positive.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_title(f"{name}, on a logarithmic scale")


def _mark_end(axes: Axes, epochs: NDArray[np.float64], curves: Columns) -> None:
    """Say of the first curve that ends in no finite value where that is: a training that diverged ends so."""
    for values in curves.values():
        if np.isnan(values[-1]):
            axes.axvline(epochs[-1], color=GREY, linestyle=":")
            text = f"not finite at epoch {epochs[-1]:,.0f}"
            place = ("data", "axes fraction")
            axes.annotate(text, (epochs[-1], 0), xycoords=place, xytext=(-5, 6), textcoords="offset points", ha="right")
            return
