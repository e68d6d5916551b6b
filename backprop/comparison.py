"""Comparisons: two versions of models side by side, what each is worth and where they come from otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backprop.pointers import pointer
from backprop.store.models import ModelView


@dataclass(frozen=True)
class Comparison:
    """Two models, `left` and `right`, and whether their weights are the same bits.

    `metrics` has, in the place of each figure, both of them and right minus left. `spec` has an entry for each part, by
    its JSON pointer, in which the specs differ, `lineage` one for what else differs of data and environment, by its
    name: {"left": …, "right": …}, without the side that has no such part.
    """

    left: ModelView
    right: ModelView
    same_weights: bool
    metrics: dict[str, Any]
    spec: list[dict[str, Any]]
    lineage: list[dict[str, Any]]


def compare(left: ModelView, right: ModelView) -> Comparison:
    """Return two models side by side."""
    return Comparison(
        left,
        right,
        left.sha256 == right.sha256,
        side_by_side(left.metrics, right.metrics),
        [{"pointer": f"#{at}", **sides} for at, sides in differences(left.spec, right.spec)],
        [{"name": at[1:], **sides} for at, sides in differences(_lineage(left), _lineage(right))],
    )


def side_by_side(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures, however deep they stand, as {"left", "right", "difference"}; what neither side has is left out.

    A difference is null where a side lacks the figure.
    """
    found: dict[str, Any] = {}
    for name in {**left, **right}:
        a, b = left.get(name), right.get(name)
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            found[name] = side_by_side(a or {}, b or {})
        elif a is not None or b is not None:
            found[name] = {"left": a, "right": b, "difference": None if a is None or b is None else b - a}
    return found


def differences(left: Any, right: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON pointer and both sides of each smallest part that differs; lists of another length are one part.

    So are lists of numbers or texts: of two matrices it says little which numbers differ.
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in {**left, **right}:
            yield from _below(left, right, key, at)
    elif _are_alike(left, right):
        for place, (a, b) in enumerate(zip(left, right, strict=True)):
            yield from differences(a, b, at + pointer(place))
    elif left != right:
        yield at, {"left": left, "right": right}


def _below(
    left: Mapping[str, Any], right: Mapping[str, Any], key: str, at: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    if key in left and key in right:
        yield from differences(left[key], right[key], at + pointer(key))
    else:
        yield at + pointer(key), {"left": left[key]} if key in left else {"right": right[key]}


def _are_alike(left: Any, right: Any) -> bool:
    """Whether both are lists of as many objects, such as the hidden layers."""
    if not isinstance(left, list) or not isinstance(right, list) or len(left) != len(right):
        return False
    return all(isinstance(item, Mapping) for item in (*left, *right))


def _lineage(model: ModelView) -> dict[str, Any]:
    return {"dataset_sha256": model.dataset_sha256, **(model.environment or {})}
