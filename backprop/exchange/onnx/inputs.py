"""The inputs of a graph, one a feature or, where all are plain numbers, one matrix; and how they become x.

In a number NaN is a missing value, in a text the empty one. What the service refuses, a graph cannot: a value that is
missing where none may be makes NaN outputs, and a category that was not fitted switches nothing on.
"""

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from onnx import ValueInfoProto, helper

from backprop.data.features import Categorical, Feature, Moment, Numeric, Ordinal
from backprop.data.inputs import InputEncoding
from backprop.errors import InvalidError, Problem
from backprop.exchange.onnx.graph import ML, Graph, tensor_type

MATRIX = "inputs"  # where all features are plain numbers
ROWS = "rows"  # how the axis that may have any length is called
MISSING = ""


def inputs_of(encoding: InputEncoding) -> list[ValueInfoProto]:
    """Return the graph's inputs. Raises InvalidError for a feature that ONNX has no words for."""
    for feature in encoding.features:
        _check(feature)
    if _is_matrix(encoding):
        return [_value(MATRIX, np.float64, len(encoding.features))]
    return [_value(feature.name, _kind(feature), 1) for feature in encoding.features]


def encoded(graph: Graph, encoding: InputEncoding) -> str:
    """Add what makes x (rows, inputs), in the encoding's dtype, of the graph's inputs; return its name."""
    numbers = _numbers(graph, encoding)
    missing = x = ""
    if numbers is not None:
        missing = graph.add("IsNaN", numbers)
        x = graph.cast(_scaled(graph, encoding, numbers, missing), encoding.dtype)
    if numbers is not None and len(encoding.numeric) == encoding.width:
        return x
    parts, number = [], 0
    for feature in encoding.features:
        if isinstance(feature, Categorical):
            parts += _switched(graph, feature, encoding.dtype)
            continue
        parts.append(graph.columns(x, [number]))
        if feature.indicator:
            parts.append(graph.cast(graph.columns(missing, [number]), encoding.dtype))
        number += 1
    return graph.side_by_side(parts)


def _is_matrix(encoding: InputEncoding) -> bool:
    return all(isinstance(feature, Numeric) for feature in encoding.features)


def _check(feature: Feature) -> None:
    if isinstance(feature, Numeric):
        return
    if isinstance(feature, Moment):
        _refuse(f"ONNX reads no times, and the feature {feature.name!r} is one")
    if feature.kind == "boolean" and feature.indicator:
        _refuse(f"ONNX's booleans are never missing, and the feature {feature.name!r} says where it is")
    if MISSING in (*feature.categories, *getattr(feature, "rare", ())):
        _refuse(f"in ONNX an empty text is a missing one, and the feature {feature.name!r} knows it as a category")


def _refuse(reason: str) -> NoReturn:
    detail = f"{reason}; take json, npz or safetensors"
    raise InvalidError([Problem("?format", "conflict", detail)])


def _value(name: str, kind: Any, width: int) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, tensor_type(kind), [ROWS, width])


def _kind(feature: Feature) -> Any:
    if isinstance(feature, Numeric | Moment):
        return np.float64
    return np.bool_ if feature.kind == "boolean" else np.object_


def _numbers(graph: Graph, encoding: InputEncoding) -> str | None:
    """Return the number-like features side by side, (rows, features) float64, NaN for missing; None without any."""
    if _is_matrix(encoding):
        return MATRIX
    columns = [_number(graph, feature) for feature in encoding.features if not isinstance(feature, Categorical)]
    return graph.side_by_side(columns) if columns else None


def _number(graph: Graph, feature: Feature) -> str:
    if not isinstance(feature, Ordinal):
        return feature.name
    places: dict[Any, float] = {category: float(place) for place, category in enumerate(feature.categories)}
    if feature.kind == "boolean":
        return _of_flags(graph, feature.name, np.array([places.get(flag, -1.0) for flag in (False, True)]))
    found = _of_texts(graph, feature.name, places | {MISSING: float("nan")}, -1.0)
    return graph.cast(found, np.float64)


def _of_texts(graph: Graph, name: str, numbers: dict[str, float], other: float) -> str:
    keys, values = [*numbers], [*numbers.values()]
    return graph.add(
        "LabelEncoder", name, domain=ML, keys_strings=keys, values_floats=values, default_float=float(other)
    )


def _of_flags(graph: Graph, name: str, numbers: NDArray[Any]) -> str:
    """Return the second number where a flag is true, else the first."""
    no, yes = (graph.constant(numbers[place : place + 1]) for place in (0, 1))
    return graph.add("Where", name, yes, no)


def _scaled(graph: Graph, encoding: InputEncoding, numbers: str, missing: str) -> str:
    features = [feature for feature in encoding.features if not isinstance(feature, Categorical)]
    fills = np.array([[np.nan if feature.fill is None else feature.fill for feature in features]])
    filled = graph.add("Where", missing, graph.constant(fills), numbers)
    if any(isinstance(feature, Numeric) and feature.knots for feature in features):
        filled = graph.side_by_side(
            [
                _ranked(graph, graph.columns(filled, [place]), np.array(getattr(feature, "knots", ())))
                for place, feature in enumerate(features)
            ]
        )
    centred = graph.add("Sub", filled, graph.constant(np.array([[feature.offset for feature in features]])))
    return graph.add("Div", centred, graph.constant(np.array([[feature.scale for feature in features]])))


def _ranked(graph: Graph, column: str, knots: NDArray[np.float64]) -> str:
    """Return where values lie among the knots, as scaling.ranks: lines between different knots, half of a jump at one.

    With u the different knots and lo, hi the least and greatest share that each has, it is the sum over the lines of
    slope * min(max(v - u, 0), length), and over the knots of (hi - lo) / 2 * ([v >= u] + [v > u]).
    """
    if not len(knots):
        return column
    u, first, counts = np.unique(knots, return_index=True, return_counts=True)
    shares = np.linspace(0, 1, len(knots))
    lo, hi = shares[first], shares[first + counts - 1]
    at = graph.constant(u[None])
    reached = [graph.cast(graph.add(how, column, at), np.float64) for how in ("GreaterOrEqual", "Greater")]
    jumps = graph.add("MatMul", graph.add("Add", *reached), graph.constant((hi - lo)[:, None] / 2))
    if len(u) == 1:
        return jumps
    lengths = np.diff(u)
    risen = graph.add("Max", graph.add("Sub", column, graph.constant(u[None, :-1])), graph.constant(np.zeros(1)))
    within = graph.add("Min", risen, graph.constant(lengths[None]))
    lines = graph.add("MatMul", within, graph.constant(((lo[1:] - hi[:-1]) / lengths)[:, None]))
    return graph.add("Add", lines, jumps)


def _switched(graph: Graph, feature: Categorical, dtype: str) -> list[str]:
    """Return a category's inputs: a one at its place among zeros, and whether it is missing where that is asked."""
    found, other = feature.inputs(0), feature.unseen_input(0)
    if feature.kind == "boolean":
        place = _of_flags(graph, feature.name, np.array([found.get(flag, other) for flag in (False, True)], np.float32))
    else:
        texts = {MISSING if value is None else value: float(at) for value, at in ({None: -1} | found).items()}
        place = _of_texts(graph, feature.name, texts, other)
    width = feature.width - feature.indicator
    parts = []
    if width:
        places = graph.constant(np.arange(width, dtype=np.float32)[None])
        parts.append(graph.cast(graph.add("Equal", place, places), dtype))
    if feature.indicator:
        parts.append(graph.cast(_of_texts(graph, feature.name, {MISSING: 1.0}, 0.0), dtype))
    return parts
