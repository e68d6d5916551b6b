"""Jobs and what happened to them, as they are shown and listed."""

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields

from backprop.store.jobs.events import EventView
from backprop.store.jobs.reading import JobView
from backprop.store.states import STATES, VERDICTS
from service.answers.json import Instant, json_object
from service.answers.models import ModelRefSchema
from service.answers.pages import PageSchema


class ProgressSchema(Schema):
    """How far a job is."""

    epoch = fields.Integer(metadata={"description": "whole epochs done"})
    epochs = fields.Integer(metadata={"description": "epochs asked for"})
    percent = fields.Float()
    samples_per_second = fields.Float(allow_none=True)
    eta_seconds = fields.Float(allow_none=True)
    queue_position = fields.Integer(allow_none=True, metadata={"description": "jobs ahead of it, while it is queued"})


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


def event_listing(found: Sequence[EventView], limit: int) -> dict[str, Any]:
    """Return events as a list is answered, from a look-up that asked for one more, to see whether there is more."""
    has_more = len(found) > limit
    return {"data": found[:limit], "has_more": has_more, "next": str(found[limit - 1].seq) if has_more else None}


def summary(job: JobView) -> dict[str, Any]:
    """Return what lists show of a job."""
    return {name: value for name, value in vars(job).items() if name != "spec"}
