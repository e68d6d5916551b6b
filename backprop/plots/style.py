"""The style that all pictures share: colours that the colour-blind tell apart, plain axes, text as it was written."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from backprop.plots.subjects import Heading

# From Okabe and Ito, "Color Universal Design", 2008.
BLUE, ORANGE = "#0072B2", "#D55E00"
INK, GREY, PALE = "#222222", "#666666", "#DDDDDD"
LARGEST = 1e150  # beyond it an axis would overflow while it is laid out
LONGEST_LABEL = 24
MARGIN = 0.12  # inches
INCHES_A_LETTER = 0.13  # of a title

STYLE: Mapping[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.h_pad": 0.1,
    "figure.constrained_layout.w_pad": 0.12,
    "figure.dpi": 120,
    "font.sans-serif": ["DejaVu Sans", "Verdana"],  # the first comes with matplotlib; the other is as wide, in an SVG
    "font.size": 9.5,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "savefig.dpi": "figure",
    "svg.fonttype": "none",  # text stays text: found, copied, and shown in scripts that our font lacks
    "svg.hashsalt": "backprop",  # the same picture in the same bytes
    "text.color": INK,
    "text.parse_math": False,  # a $ in a name is a dollar
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}


def head(figure: Figure, heading: Heading) -> None:
    """Write the two lines above a picture, and keep its panels below them."""
    width, height = figure.get_size_inches()
    left, title = MARGIN / width, shortened(heading.title, int(width / INCHES_A_LETTER))
    figure.text(left, 1 - MARGIN / height, title, fontsize=13, weight="bold", va="top")
    figure.text(left, 1 - 0.38 / height, printable(heading.subtitle), fontsize=9, color=GREY, va="top")
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.set(rect=(0, 0, 1, 1 - 0.62 / height))  # type: ignore[call-arg]  # as the constrained layout takes it


def say(axes: Axes, text: str) -> None:
    """Write text in place of what a panel would show."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=12, color=GREY)


def printable(text: str) -> str:
    """Return text with a sign in place of each character that cannot be shown, or may not stand in an SVG file."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    """Return printable text of at most `longest` characters."""
    shown = printable(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def drawable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values with a gap, NaN, for what is not finite, and none too large for an axis."""
    return np.where(np.isfinite(values), np.clip(values, -LARGEST, LARGEST), np.nan)
