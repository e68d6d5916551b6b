"""Figures: numbers as a terminal shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None], width: int = 32) -> str:
    """Return a curve one line high, at most `width` characters wide; figures that are not finite are left out."""
    finite = [value for value in values if value is not None]
    if not finite:
        return ""
    count = min(width, len(finite))
    picked = [finite[position * (len(finite) - 1) // max(count - 1, 1)] for position in range(count)]
    least = min(picked)
    span = (max(picked) - least) or 1.0
    return "".join(BARS[round((value - least) / span * (len(BARS) - 1))] for value in picked)


def number(value: float | None) -> str:
    """Return a figure with four significant digits."""
    return "-" if value is None else f"{value:.4g}"


def score(name: str, value: float | None) -> str:
    """Return a score as people read it: an accuracy in percent."""
    return f"{100 * value:.1f} %" if name.endswith("accuracy") and value is not None else number(value)


def scores(results: Mapping[str, Mapping[str, float] | None] | None) -> str:
    """Return the scores on the rows that say most, and on which rows that is."""
    for part in ("test", "validation", "train"):
        found = (results or {}).get(part)
        if found:
            named = [f"{name} {score(name, value)}" for name, value in found.items() if name != "loss"]
            return f"{part} {', '.join(named)}"
    return ""


def size(count: int | None) -> str:
    """Return a number of bytes."""
    amount = float(count or 0)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.3g} GB"


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago something was."""
    seconds = max(0.0, (now - moment).total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
