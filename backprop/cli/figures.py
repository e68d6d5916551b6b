"""Figures: numbers as a terminal shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

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


def spread(name: str, mean: float | None, deviation: float | None) -> str:
    """Return the mean of a score over folds, and how far they are from it."""
    return number(None) if mean is None else f"{score(name, mean)} ± {score(name, deviation)}"


def spreads(folds: Mapping[str, Any]) -> dict[str, str]:
    """Return the scores over folds, and their loss, by name."""
    return {name: spread(name, mean, folds["std"].get(name)) for name, mean in folds["mean"].items()}


def scores(results: Mapping[str, Any] | None) -> str:
    """Return the scores on the rows that say most, and on which rows that is."""
    for part in ("test", "cross_validation", "validation", "train"):
        found = (results or {}).get(part)
        if found:
            shown = spreads(found) if part == "cross_validation" else {name: score(name, found[name]) for name in found}
            named = [f"{name} {text}" for name, text in shown.items() if name != "loss"]
            return f"{part.replace('_', ' ')} {', '.join(named)}"
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
