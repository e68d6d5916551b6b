"""Drawing: from a subject to the bytes of a picture, always the same for the same subject."""

import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from backprop.plots import confusion, curves, residuals
from backprop.plots.style import STYLE, head
from backprop.plots.subjects import Confusion, Curves, Residuals, Subject

DRAWERS: Mapping[type[Any], Callable[[Figure, Any], None]] = {
    Curves: curves.draw,
    Confusion: confusion.draw,
    Residuals: residuals.draw,
}
CANVASES: Mapping[str, type[Any]] = {"svg": FigureCanvasSVG, "png": FigureCanvasAgg}
# What would say when and by which version a picture was made, so that its bytes would change.
NAMELESS: Mapping[str, Mapping[str, None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def draw(subject: Subject, form: str) -> bytes:
    """Return the picture of a subject as a file of the format `form`, "svg" or "png"."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()  # whatever a matplotlibrc says that lies about
        matplotlib.rcParams.update(STYLE)
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # a PNG shows a box, an SVG the text
        figure = Figure(layout="constrained")
        canvas = CANVASES[form](figure)
        DRAWERS[type(subject)](figure, subject)
        head(figure, subject.heading)
        content = io.BytesIO()
        canvas.print_figure(content, format=form, metadata=NAMELESS[form])
        return content.getvalue()
