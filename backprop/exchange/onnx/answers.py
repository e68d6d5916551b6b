"""What a graph predicts: of the network's outputs, labels as they came or values in the target's own units."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backprop.data.table import objects
from backprop.data.targets import ClassEncoding, LabelEncoding, TargetEncoding
from backprop.exchange.onnx.graph import Graph
from backprop.nn import LIKELY


def decoded(graph: Graph, y: TargetEncoding, outputs: str, dtype: str) -> tuple[str, Any, list[int]]:
    """Add what makes predictions of the outputs; return their name, their dtype, and their shape without the rows."""
    if isinstance(y, ClassEncoding):
        labels = _labels(y)
        best = graph.add("ArgMax", outputs, axis=1, keepdims=0)
        return graph.add("Gather", graph.constant(labels), best), labels.dtype, []
    if isinstance(y, LabelEncoding):
        likely = graph.add("Greater", outputs, graph.constant(np.array(LIKELY, dtype)))
        kind = _kind(y)
        return likely if kind is np.bool_ else graph.cast(likely, kind), kind, [y.outputs]
    values = graph.cast(outputs, np.float64)
    scaled = graph.add("Mul", values, graph.constant(np.array([y.scales])))
    shifted = graph.add("Add", scaled, graph.constant(np.array([y.offsets])))
    if y.outputs > 1:
        return shifted, np.float64, [y.outputs]
    return graph.add("Gather", shifted, graph.constant(np.array(0, np.int64)), axis=1), np.float64, []


def _labels(y: ClassEncoding) -> NDArray[Any]:
    """Return the classes as an array of texts, booleans, whole numbers or numbers."""
    if isinstance(y.labels[0], str):
        return objects(y.labels)
    if all(type(label) is int and abs(label) < 2**63 for label in y.labels):
        return np.array(y.labels, np.int64)
    return np.array(y.labels, np.bool_ if isinstance(y.labels[0], bool) else np.float64)


def _kind(y: LabelEncoding) -> Any:
    """Return the dtype in which all labels are written; 0 and 1 where some are booleans and some are not."""
    kinds = {type(yes) for _, yes in y.values}
    if len(kinds) > 1:
        return np.int64
    return np.bool_ if kinds == {bool} else np.float64 if kinds == {float} else np.int64
