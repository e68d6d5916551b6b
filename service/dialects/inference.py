"""Inference requests of the Open Inference Protocol: what is asked, what a model takes and gives, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from flask import Request, Response
from marshmallow import fields
from numpy.typing import NDArray

from backprop.data import Encoding
from backprop.data.features import Feature, Numeric
from backprop.data.targets import ClassEncoding, LabelEncoding
from backprop.errors import InvalidError, MalformedError, Problem
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Integer, Items, Object, Strict, Text
from service.dialects import tensors
from service.dialects.columns import Columns, predict_columns
from service.dialects.parsing import content_of, document
from service.dialects.tensors import DATATYPES, Tensor
from service.predicting.asking import Predicted, predict
from service.predicting.predictors import LoadedModel

HEADER = "Inference-Header-Content-Length"
MATRIX = "inputs"  # what the one input of a model of numbers is called
OUTPUTS = ("predictions", "outputs")
SIZE = "binary_data_size"


class Parameters(Strict, fields.Dict):
    """An object of parameters, of which the known ones are looked at."""

    def __init__(self) -> None:
        super().__init__(metadata={"type": "object"}, load_default=dict)


class Data(Strict, fields.Field[Any]):
    """A list, looked at as its tensor's datatype and shape have it."""

    def __init__(self) -> None:
        super().__init__(metadata={"type": "array", "description": "by rows, flat or nested; null is a missing value"})


class TensorSchema(Document):
    """An input; without `data` its bytes follow the JSON, as many as `binary_data_size` among its parameters says."""

    name = Text(longest=500, required=True)
    shape = Items(Integer(bounds={"at_least": 0, "at_most": 2**31}), least=1, most=2, required=True)
    datatype = Choice(DATATYPES, required=True)
    parameters = Parameters()
    data = Data()


class WantedSchema(Document):
    """An output that is wanted; `binary_data` among its parameters has it come as bytes."""

    name = Choice(OUTPUTS, required=True)
    parameters = Parameters()


class InferSchema(Document):
    """What is to be inferred."""

    id = Text(longest=500)
    parameters = Parameters()
    inputs = Items(Object(TensorSchema), least=1, most=10_000, required=True)
    outputs = Items(Object(WantedSchema), most=len(OUTPUTS), load_default=())


@dataclass(frozen=True)
class Asked:
    """A request: its inputs, the id that its answer repeats, and for each output whether it comes as bytes."""

    id: str | None
    inputs: tuple[Tensor, ...]
    outputs: Mapping[str, bool]


def received(request: Request) -> Asked:
    """Return what a request asks, in JSON alone or with bytes behind it. Raises MalformedError and InvalidError."""
    content = content_of(request)
    size = _json_size(request, len(content))
    body = document(content[:size], InferSchema())
    inputs = _tensors(body["inputs"], content[size:])
    every = _flag(body["parameters"], "binary_data_output", "#/parameters")
    wanted = {
        output["name"]: _flag(output["parameters"], "binary_data", f"#/outputs/{place}/parameters", default=every)
        for place, output in enumerate(body["outputs"])
    }
    return Asked(body.get("id"), inputs, wanted or dict.fromkeys(OUTPUTS, every))


def inputs_of(encoding: Encoding) -> list[dict[str, Any]]:
    """Return the inputs that a model takes: one of all its numbers, or a column each."""
    features = encoding.x.features
    if _is_matrix(encoding):
        return [tensors.described(MATRIX, _float(encoding), (-1, len(features)))]
    return [tensors.described(feature.name, _datatype(feature, encoding), (-1,)) for feature in features]


def outputs_of(encoding: Encoding) -> list[dict[str, Any]]:
    """Return the outputs that a model gives."""
    columns = [] if isinstance(encoding.y, ClassEncoding) or _is_single(encoding) else [encoding.outputs]
    return [
        tensors.described("predictions", _prediction_type(encoding), (-1, *columns)),
        tensors.described("outputs", _float(encoding), (-1, encoding.outputs)),
    ]


def infer(model: LoadedModel, asked: Asked) -> Response:
    """Return what the model makes of the inputs. Raises InvalidError."""
    predicted = _predicted(model, asked.inputs)
    found: list[dict[str, Any]] = []
    behind: list[bytes] = []
    for name, is_binary in asked.outputs.items():
        datatype, values = _values(predicted, name)
        tensor = tensors.described(name, datatype, values.shape)
        if is_binary:
            content = tensors.to_bytes(values, datatype)
            found.append(tensor | {"parameters": {SIZE: len(content)}})
            behind.append(content)
        else:
            found.append(tensor | {"data": _plain(values, datatype)})
    view = model.view
    answer = {"model_name": view.name, "model_version": str(view.version), "outputs": found}
    head = orjson.dumps(answer if asked.id is None else answer | {"id": asked.id})
    if not behind:
        return Response(head, mimetype="application/json")
    headers = {HEADER: str(len(head))}
    return Response(b"".join([head, *behind]), mimetype="application/octet-stream", headers=headers)


def _json_size(request: Request, length: int) -> int:
    said = request.headers.get(HEADER)
    if said is None:
        return length
    if not (said.isascii() and said.isdigit() and len(said) < 12 and int(said) <= length):
        raise MalformedError(f"{HEADER} is a number of bytes, and at most the body's {length}")
    return int(said)


def _tensors(given: tuple[dict[str, Any], ...], content: bytes) -> tuple[Tensor, ...]:
    found: list[Tensor] = []
    start = 0
    for place, tensor in enumerate(given):
        at = f"#/inputs/{place}"
        if tensor["name"] in {known.name for known in found}:
            raise InvalidError([Problem(f"{at}/name", "duplicate", f"{tensor['name']!r} is there twice")])
        if "data" in tensor:
            found.append(tensors.from_json(tensor, at))
            continue
        size = tensor["parameters"].get(SIZE)
        if type(size) is not int or not 0 <= size <= len(content) - start:
            detail = f"give data, or in parameters a {SIZE} of at most the {len(content) - start} bytes that are left"
            raise InvalidError([Problem(at, "required", detail)])
        found.append(tensors.from_bytes(tensor, content[start : start + size], at))
        start += size
    if start != len(content):
        raise InvalidError([Problem("#/inputs", "wrong_length", f"{len(content) - start} bytes belong to no input")])
    return tuple(found)


def _flag(parameters: Mapping[str, Any], name: str, at: str, *, default: bool = False) -> bool:
    flag = parameters.get(name, default)
    if type(flag) is not bool:
        raise InvalidError([Problem(f"{at}/{name}", "wrong_type", "takes true or false")])
    return flag


def _predicted(model: LoadedModel, inputs: tuple[Tensor, ...]) -> Predicted:
    if _is_matrix(model.encoding) and inputs[0].name == MATRIX and len(inputs) == 1:
        tensor = inputs[0]
        if tensor.datatype in {"BOOL", "BYTES"}:
            raise InvalidError([Problem(f"{tensor.at}/datatype", "wrong_type", "this takes numbers")])
        return predict(model, tensor.rows, f"{tensor.at}/data")
    known = model.encoding.beside.union(model.encoding.features)
    if _is_matrix(model.encoding) and known.isdisjoint(tensor.name for tensor in inputs):
        detail = f"the model takes one input, {MATRIX!r}, or one by the name of each feature"
        raise InvalidError([Problem("#/inputs/0/name", "unknown_name", detail)])
    flat = [place for place, tensor in enumerate(inputs) if len(tensor.shape) == 2 and tensor.shape[1] != 1]
    if flat:
        raise InvalidError([Problem(f"#/inputs/{flat[0]}/shape", "wrong_shape", "a column is [rows], or [rows, 1]")])
    cells = {tensor.name: tensor.cells for tensor in inputs}
    places = {tensor.name: f"{tensor.at}/data" for tensor in inputs}
    return predict_columns(model, Columns(cells, places, "#/inputs"))


def _values(predicted: Predicted, name: str) -> tuple[str, NDArray[Any]]:
    encoding = predicted.model.encoding
    if name == "outputs":
        return _float(encoding), predicted.outputs
    datatype = _prediction_type(encoding)
    return datatype, np.array(predicted.predictions, object if datatype == "BYTES" else tensors.DTYPES[datatype])


def _plain(values: NDArray[Any], datatype: str) -> list[Any]:
    listed: list[Any] = values.ravel().tolist()
    return [str(value) for value in listed] if datatype == "BYTES" else listed


def _is_matrix(encoding: Encoding) -> bool:
    return all(isinstance(feature, Numeric) for feature in encoding.x.features)


def _is_single(encoding: Encoding) -> bool:
    return not isinstance(encoding.y, LabelEncoding) and encoding.outputs == 1


def _float(encoding: Encoding) -> str:
    return "FP32" if encoding.x.dtype == "float32" else "FP64"


def _datatype(feature: Feature, encoding: Encoding) -> str:
    if isinstance(feature, Numeric):
        return _float(encoding)
    return "BOOL" if feature.kind == "boolean" else "BYTES"


def _prediction_type(encoding: Encoding) -> str:
    if isinstance(encoding.y, ClassEncoding):
        labels = encoding.y.labels
    elif isinstance(encoding.y, LabelEncoding):
        labels = tuple(value for pair in encoding.y.values for value in pair)
    else:
        return "FP64"
    kinds = set(map(type, labels))
    if kinds == {bool}:
        return "BOOL"
    if kinds == {int} and all(-(2**63) <= int(label) < 2**63 for label in labels):
        return "INT64"
    return "FP64" if kinds <= {int, float} else "BYTES"
