"""A hyperparameter: a dataclass field that carries its default and the range it may lie in."""

from dataclasses import field
from typing import Any


def parameter(
    default: Any,
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> Any:
    """A dataclass field with `default`; the bounds that are given stand in its `metadata` under these names.

    `above` and `below` exclude the bound itself, `at_least` and `at_most` include it. Whoever reads parameters from
    outside checks them against the metadata; nothing here does.
    """
    bounds = {"above": above, "at_least": at_least, "below": below, "at_most": at_most}
    return field(default=default, metadata={name: bound for name, bound in bounds.items() if bound is not None})
