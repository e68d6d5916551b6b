"""The ONNX file of a model."""

import json
from typing import Final

import numpy as np
from onnx import helper

from backprop.errors import InvalidError, Problem
from backprop.exchange.bundle import Bundle
from backprop.exchange.onnx.activations import activated
from backprop.exchange.onnx.answers import decoded
from backprop.exchange.onnx.graph import ML, Graph, tensor_type
from backprop.exchange.onnx.inputs import ROWS, encoded, inputs_of
from backprop.nn import Layer
from backprop.nn.passes.normalization import EPSILON

OUTPUTS, PREDICTIONS = "outputs", "predictions"
# Of 2022: what the runtimes of years read.
IR_VERSION, OPSET, ML_OPSET = 8, 17, 2
MOST_BYTES: Final = 2**31 - 2**24  # of a message, less what is no parameter


def write(bundle: Bundle, *, whole: bool) -> bytes:
    """Return a model as an ONNX file, always `whole`: a graph from raw rows to outputs and predictions.

    Raises InvalidError, at `?format`, for what ONNX has no words for.
    """
    del whole
    inputs = inputs_of(bundle.encoding.x)
    names = {value.name for value in inputs}
    _check(bundle, names)
    graph = Graph({*names, OUTPUTS, PREDICTIONS})
    outputs = _network(graph, bundle, encoded(graph, bundle.encoding.x))
    found, kind, shape = decoded(graph, bundle.encoding.y, outputs, bundle.network.dtype)
    graph.add("Identity", found, output=PREDICTIONS)
    answers = [
        helper.make_tensor_value_info(PREDICTIONS, tensor_type(kind), [ROWS, *shape]),
        helper.make_tensor_value_info(OUTPUTS, tensor_type(bundle.network.dtype), [ROWS, bundle.network.outputs]),
    ]
    made = helper.make_model(
        helper.make_graph(graph.nodes, bundle.name or "model", inputs, answers, graph.constants),
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML, ML_OPSET)],
        producer_name="backprop",
    )
    about = {"features": json.dumps(bundle.encoding.features), "classes": json.dumps(bundle.encoding.classes)}
    helper.set_model_props(made, {"sha256": bundle.sha256, **about})
    content: bytes = made.SerializeToString(deterministic=True)
    return content


def _check(bundle: Bundle, names: set[str]) -> None:
    if taken := names & {OUTPUTS, PREDICTIONS}:
        detail = f"a feature goes by the name of the graph's {taken.pop()}; take json, npz or safetensors"
        raise InvalidError([Problem("?format", "conflict", detail)])
    if bundle.flat.nbytes > MOST_BYTES:
        detail = f"ONNX holds 2 GiB, and the parameters take {bundle.flat.nbytes:,} bytes; take npz or safetensors"
        raise InvalidError([Problem("?format", "too_large", detail)])


def _network(graph: Graph, bundle: Bundle, x: str) -> str:
    """Add the layers, and return the name of the last one's activations."""
    for number, layer in enumerate(bundle.network.layers, start=1):
        x = activated(graph, _weighted(graph, bundle, number, layer, x), bundle.network.dtype, layer.f)
    return graph.add("Identity", x, output=OUTPUTS)


def _weighted(graph: Graph, bundle: Bundle, number: int, layer: Layer, x: str) -> str:
    """Add a layer's weighted inputs, normalized by the running statistics where it is so, and return their name."""
    p = bundle.tensors
    z = graph.add("MatMul", x, graph.constant(p[f"w{number}"]))
    if bundle.network.bias:
        z = graph.add("Add", z, graph.constant(p[f"b{number}"]))
    if not layer.batch_norm:
        return z
    epsilon = p[f"variance{number}"].dtype.type(EPSILON)
    scale = p[f"gamma{number}"] / np.sqrt(p[f"variance{number}"] + epsilon)
    shift = p[f"beta{number}"] - p[f"mean{number}"] * scale
    return graph.add("Add", graph.add("Mul", z, graph.constant(scale)), graph.constant(shift))
