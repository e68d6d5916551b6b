"""What epochs are told by: metrics in columns or as CSV, and the health of layers."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from marshmallow import Schema, fields
from numpy.typing import NDArray

from service.answers.json import finite


def _numbers(description: str) -> fields.List[Any]:
    return fields.List(fields.Float(allow_none=True), required=True, metadata={"description": description})


class LayerHealthSchema(Schema):
    """How one layer was learning: columns of one entry an epoch that was looked at."""

    layer = fields.Integer(required=True, metadata={"description": "from 1; the last is the output"})
    gradient_norm = _numbers("Euclidean norm of the gradient by the layer's parameters, before clipping")
    update_ratio = _numbers("norm of the step's change of the weights, over their norm before it")
    idle = _numbers(
        "share of dead units (relu) or saturated activations (sigmoid, tanh, softsign, hard_sigmoid); null where the "
        "activation has no such place"
    )


class TrainingHealthSchema(Schema):
    """How the layers were learning in some epochs, close to each other at first and ever farther apart."""

    epoch = fields.List(fields.Integer(), required=True)
    layers = fields.List(fields.Nested(LayerHealthSchema), required=True)


def layers_health(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return what was seen of layers, layer by layer."""
    shown = metrics_columns(columns)
    epoch = shown.pop("epoch")
    layers: dict[int, dict[str, Any]] = {}
    for name, values in shown.items():
        figure, number = name.split()
        layers.setdefault(int(number), {"layer": int(number)})[figure] = values
    return {"epoch": epoch, "layers": list(layers.values())}


def metrics_columns(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return metrics as JSON: whole epochs, and null for what is not finite."""
    return {
        name: values.astype(np.int64).tolist() if name == "epoch" else finite(values.tolist())
        for name, values in columns.items()
    }


def metrics_csv(columns: Mapping[str, NDArray[Any]]) -> str:
    """Return metrics as CSV (RFC 4180): a line of names, and one an epoch; an empty cell for what is not finite."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*metrics_columns(columns).values(), strict=True))
    return text.getvalue()
