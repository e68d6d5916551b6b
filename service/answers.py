"""Answers: how jobs, models and lists look in JSON; what OpenAPI says of them is read from here, too."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np
import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from marshmallow import Schema, fields
from numpy.typing import NDArray

from backprop import strict_json
from backprop.data import Encoding
from backprop.store.jobs.events import EventView
from backprop.store.jobs.reading import JobView
from backprop.store.models import ModelView
from backprop.store.pages import Page
from backprop.store.states import STATES, VERDICTS

JSON = "application/json"


class Json(JSONProvider):
    """JSON as it leaves: compact, in our order of keys, and never a NaN."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return `obj` as JSON text."""
        return as_json(obj).decode()

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the response that holds the one argument, or those by name."""
        return json_response(as_json(self._prepare_response_obj(args, kwargs)))

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return what strict JSON text holds."""
        return strict_json.loads(s.encode() if isinstance(s, str) else s)


def as_json(value: Any) -> bytes:
    """Return a value as JSON text; a number that is not finite becomes null, a dataclass an object."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError:  # of a whole number of more than 64 bits
        return json.dumps(finite(value), default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(content: bytes) -> Response:
    """Return the response that holds JSON text."""
    return Response(content, mimetype=JSON)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    raise TypeError(f"{type(value)} has no form in JSON")


def instant(at: datetime) -> str:
    """Return a time in UTC as RFC 3339 has it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def finite(value: Any) -> Any:
    """Return the value with null for every number that is not finite."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    if is_dataclass(value):
        return finite(vars(value))
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    return [finite(item) for item in value] if isinstance(value, list | tuple) else value


class Instant(fields.Field[datetime]):
    """A time as RFC 3339 has it, in UTC with a Z."""

    def __init__(self, *, allow_none: bool = False) -> None:
        super().__init__(allow_none=allow_none, metadata={"type": "string", "format": "date-time"})

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        return None if value is None else instant(value)


def json_object(description: str, *, nullable: bool = False) -> fields.Raw:
    """Return the field of an object that is shown as it was stored."""
    return fields.Raw(allow_none=nullable, metadata={"type": "object", "description": description})


class ProblemSchema(Schema):
    """RFC 9457's problem details, and every single error with a pointer to what it is about."""

    class ErrorSchema(Schema):
        """One thing wrong: where, what kind, and the remedy."""

        pointer = fields.String(
            metadata={"description": "a JSON pointer such as #/training/epochs, ?limit for a query's parameter"}
        )
        code = fields.String()
        detail = fields.String()

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable, to be decided on by programs"})
    detail = fields.String(required=True, metadata={"description": "one sentence for people"})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(ErrorSchema), required=True)


class ProgressSchema(Schema):
    """How far a job is."""

    epoch = fields.Integer(metadata={"description": "whole epochs done"})
    epochs = fields.Integer(metadata={"description": "epochs asked for"})
    percent = fields.Float()
    samples_per_second = fields.Float(allow_none=True)
    eta_seconds = fields.Float(allow_none=True)
    queue_position = fields.Integer(allow_none=True, metadata={"description": "jobs ahead of it, while it is queued"})


class ModelRefSchema(Schema):
    """A model by id, and by name and version."""

    id = fields.String()
    name = fields.String()
    version = fields.Integer()


class JobErrorSchema(Schema):
    """Why a job failed."""

    code = fields.String()
    detail = fields.String()


class JobSummarySchema(Schema):
    """A job as lists show it.

    It only describes: a JobView holds these fields and no others, and is written as it is. Marshmallow would take as
    long for that as reading the job from the database.
    """

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:  # noqa: ARG002  marshmallow's signature
        """Return what is shown as it is."""
        return obj

    id = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "its model's"})
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    requested = fields.String(allow_none=True, metadata={"enum": ["pause", "cancel", None]})
    stop_reason = fields.String(allow_none=True)
    priority = fields.Integer()
    progress = fields.Nested(ProgressSchema)
    model = fields.Nested(ModelRefSchema, allow_none=True)
    reproduces = fields.String(allow_none=True, metadata={"description": "the id of the model that it trains again"})
    reproduction = fields.String(
        allow_none=True, metadata={"enum": [*VERDICTS, None], "description": "whether the same weights came out"}
    )
    results = json_object(
        "loss and scores on the train, validation and test rows; with folds, their mean and standard deviation over "
        "these, `cross_validation`. In a job shown whole, also what each of the `folds` came to, and how its classes "
        "were told apart: `evaluation`, with confusion matrix and report of each class",
        nullable=True,
    )
    crashes = fields.Integer(metadata={"description": "how many workers were lost while they trained it"})
    waiting_for = fields.String(allow_none=True, metadata={"enum": ["turn", "worker", None]})
    error = fields.Nested(JobErrorSchema, allow_none=True)
    created_at = Instant()
    started_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)
    metadata = fields.Dict(keys=fields.String(), values=fields.String())


class JobViewSchema(JobSummarySchema):
    """A job, whole."""

    spec = json_object("what was asked for, every default filled in")


class ModelSummarySchema(Schema):
    """A model as lists show it."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    job = fields.String(
        allow_none=True, metadata={"description": "the id of the job that made it; null where it came in a file"}
    )
    sha256 = fields.String(metadata={"description": "of its parameters' little-endian bytes: w1, b1, w2, b2, …"})
    features = fields.List(fields.String(), metadata={"description": "in the order that rows have"})
    classes = fields.Raw(
        allow_none=True,
        metadata={"type": "array", "items": {"type": ["string", "boolean", "number"]}},
    )
    metrics = json_object("the job's results")
    aliases = fields.List(fields.String(), metadata={"description": "those that point at it"})
    tags = fields.Dict(keys=fields.String(), values=fields.String())
    note = fields.String(allow_none=True)
    created_at = Instant()


class ModelViewSchema(ModelSummarySchema):
    """A model, whole."""

    dataset_sha256 = fields.String(allow_none=True, metadata={"description": "of the rows that it was trained on"})
    environment = json_object("Python, NumPy, SciPy, BLAS and processor that it was trained with", nullable=True)
    spec = json_object("the spec of the job that made it")


class PageSchema(Schema):
    """A page of a list."""

    has_more = fields.Boolean(required=True)
    next = fields.String(allow_none=True, metadata={"description": "the `after` of the next page"})


class EventSchema(Schema):
    """Something that happened to a job."""

    seq = fields.Integer(metadata={"description": "counts up from 1 within the job"})
    at = Instant()
    kind = fields.String(metadata={"description": "queued, started, paused, crashed, succeeded, …"})
    claim = fields.Integer(metadata={"description": "how often a worker had taken the job by then"})
    data = json_object("what else there is to say of it")


class EventPageSchema(PageSchema):
    """What happened to a job, oldest first."""

    data = fields.List(fields.Nested(EventSchema), required=True)


class JobPageSchema(PageSchema):
    """A page of jobs."""

    data = fields.List(fields.Nested(JobSummarySchema), required=True)


class ModelPageSchema(PageSchema):
    """A page of models."""

    data = fields.List(fields.Nested(ModelSummarySchema), required=True)


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


def listing(page: Page[Any], show: Callable[[Any], Any] = vars) -> dict[str, Any]:
    """Return a page as lists are answered."""
    return {"data": [show(item) for item in page.items], "has_more": page.next is not None, "next": page.next}


def event_listing(found: Sequence[EventView], limit: int) -> dict[str, Any]:
    """Return events as a list is answered, from a look-up that asked for one more, to see whether there is more."""
    has_more = len(found) > limit
    return {"data": found[:limit], "has_more": has_more, "next": str(found[limit - 1].seq) if has_more else None}


def summary(job: JobView) -> dict[str, Any]:
    """Return what lists show of a job."""
    return {name: value for name, value in vars(job).items() if name != "spec"}


def shown(model: ModelView) -> dict[str, Any]:
    """Return what is shown of a model: what it takes and gives, rather than how it encodes that."""
    encoding = Encoding.from_json(model.encoding)
    return {**vars(model), "features": encoding.features, "classes": encoding.classes}


def answer_json(app: Flask) -> None:
    """Have the app write its JSON this way."""
    app.json = Json(app)
