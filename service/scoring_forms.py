"""Predictions for whole datasets in JSON: what asks for one, and how one is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from backprop.data import BUILTINS
from backprop.schemas.alternatives import LONGEST_COLUMN, MOST_COLUMNS
from backprop.schemas.documents import Document
from backprop.schemas.fields import Choice, Integer, Items, Labels, Object, Strict, Text
from backprop.schemas.flaws import Flaw, refuse, shown
from backprop.schemas.job import DATASET, MODEL, MODEL_REMEDY
from backprop.scoring import RETURNS, OnError
from backprop.spec import DataSpec
from backprop.store.jobs.reading import JobView, Progress
from backprop.store.states import STATES
from service.answers import Instant, JobErrorSchema, ModelRefSchema, PageSchema

ALL = "all"


@dataclass(frozen=True)
class Asked:
    """A prediction as it was asked for; `include` None names every column of the data."""

    model: str
    data: DataSpec
    returns: tuple[str, ...] = RETURNS
    include: tuple[str, ...] | None = ()
    on_error: OnError = "fail"
    priority: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)


class Include(Strict, fields.Field[tuple[str, ...] | None]):
    """A list of columns' names, or "all"; that is loaded as None."""

    def __init__(self) -> None:
        self.items = Items(Text(longest=LONGEST_COLUMN), most=MOST_COLUMNS)
        names = {"type": "array", "items": {"type": "string"}, "maxItems": MOST_COLUMNS}
        description = "columns of the data that the result has as they are, such as ids; by default none"
        super().__init__(metadata={"oneOf": [names, {"const": ALL}], "description": description})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...] | None:  # noqa: ARG002
        if value == ALL:
            return None
        if not isinstance(value, list):
            refuse("wrong_type", f'takes a list of columns\' names, or "all", not {shown(value)}')
        names: Any = self.items.deserialize(value)
        return tuple(names)


class ScoredDataSchema(Document):
    """The rows to predict for: a stored dataset, or a built-in set."""

    dataset = Text(longest=70, pattern=DATASET, remedy="takes a dataset's id, such as ds_01…")
    builtin = Choice(BUILTINS)

    @validates_schema(skip_on_field_errors=True)
    def _check_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError([Flaw("wrong_keys", "takes exactly one of dataset and builtin")])

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> DataSpec:
        return DataSpec(**data)


class ScoringSchema(Document):
    """A model, and the rows to predict for."""

    model = Text(longest=201, pattern=MODEL, remedy=MODEL_REMEDY, required=True)
    data = Object(ScoredDataSchema, required=True)
    returns = Items(Choice(RETURNS), least=1, most=len(RETURNS), data_key="return", metadata={"default": [*RETURNS]})
    include = Include()
    on_error = Choice(
        get_args(OnError),
        metadata={
            "default": "fail",
            "description": "null: a row that the model cannot take stays empty",
        },
    )
    priority = Integer(bounds={"at_least": -1000, "at_most": 1000}, metadata={"description": "the lowest runs first"})
    metadata = Labels()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Asked:
        return Asked(**data)


class RowsDoneSchema(Schema):
    """How far a prediction is."""

    rows = fields.Integer(metadata={"description": "rows done"})
    total = fields.Integer(metadata={"description": "rows of the data"})
    percent = fields.Float()
    rows_per_second = fields.Float(allow_none=True)
    eta_seconds = fields.Float(allow_none=True)
    queue_position = fields.Integer(allow_none=True, metadata={"description": "jobs ahead of it, while it is queued"})


class ScoredSchema(Schema):
    """How many rows a result has, and how many of them the model could not take."""

    rows = fields.Integer()
    rejected = fields.Integer()


class PredictionJobSchema(Schema):
    """A prediction for a whole dataset."""

    id = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": [*STATES]})
    requested = fields.String(allow_none=True, metadata={"enum": ["pause", "cancel", None]})
    priority = fields.Integer()
    progress = fields.Nested(RowsDoneSchema)
    model = fields.Nested(ModelRefSchema, allow_none=True, metadata={"description": "null where it has been deleted"})
    data = fields.Raw(metadata={"type": "object", "description": "`dataset` or `builtin`"})
    returns = fields.List(fields.String(), data_key="return")
    include = fields.List(fields.String())
    on_error = fields.String(metadata={"enum": [*get_args(OnError)]})
    results = fields.Nested(ScoredSchema, allow_none=True)
    crashes = fields.Integer(metadata={"description": "how many workers were lost over it"})
    waiting_for = fields.String(allow_none=True, metadata={"enum": ["turn", "worker", None]})
    error = fields.Nested(JobErrorSchema, allow_none=True)
    created_at = Instant()
    started_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)
    metadata = fields.Dict(keys=fields.String(), values=fields.String())


class PredictionJobPageSchema(PageSchema):
    """A page of predictions."""

    data = fields.List(fields.Nested(PredictionJobSchema), required=True)


def rows_done(progress: Progress) -> dict[str, Any]:
    """Return how far a prediction is, as it is shown: its epochs are rows."""
    return {
        "rows": progress.epoch,
        "total": progress.epochs,
        "percent": progress.percent,
        "rows_per_second": progress.samples_per_second,
        "eta_seconds": progress.eta_seconds,
        "queue_position": progress.queue_position,
    }


def as_prediction(job: JobView) -> dict[str, Any]:
    """Return a job of kind prediction as it is shown."""
    asked = job.spec or {}
    about = {name: asked[name] for name in ("data", "include", "on_error")}
    return {**vars(job), **about, "returns": asked["return"], "progress": rows_done(job.progress)}
