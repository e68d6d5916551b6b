"""A graph under construction: nodes that take values by name, and constants."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"  # the domain of operators on texts


class Graph:
    """Nodes and constants, to which names are given that are not among those `taken`."""

    def __init__(self, taken: Collection[str] = ()) -> None:
        self._taken = frozenset(taken)
        self._number = 0
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node of one output, and return that output's name, which may be given as `output`."""
        output = attributes.pop("output", None) or self._name(operator)
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return str(output)

    def constant(self, values: NDArray[Any]) -> str:
        """Add a constant, an object array being one of texts, and return its name."""
        name = self._name("constant")
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values).reshape(values.shape), name))
        return name

    def cast(self, value: str, dtype: str | type) -> str:
        """Add a conversion to a NumPy dtype, and return its output."""
        return self.add("Cast", value, to=tensor_type(dtype))

    def columns(self, value: str, places: list[int]) -> str:
        """Add the choice of some columns of a matrix, and return its output."""
        return self.add("Gather", value, self.constant(np.array(places, np.int64)), axis=1)

    def side_by_side(self, parts: list[str]) -> str:
        """Add the concatenation of matrices' columns, and return its output."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def _name(self, kind: str) -> str:
        while True:
            self._number += 1
            name = f"{kind.lower()}_{self._number}"
            if name not in self._taken:
                return name


def tensor_type(dtype: str | type) -> int:
    """Return ONNX's number of a NumPy dtype, an object being a text."""
    return int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))
