"""Answers: how what is stored looks in JSON; what OpenAPI says of it is read from here, too."""

from service.answers.figures import LayerHealthSchema, TrainingHealthSchema, layers_health, metrics_columns, metrics_csv
from service.answers.jobs import (
    EventPageSchema,
    EventSchema,
    JobErrorSchema,
    JobPageSchema,
    JobSummarySchema,
    JobViewSchema,
    ProgressSchema,
    event_listing,
    summary,
)
from service.answers.json import JSON, Instant, Json, answer_json, as_json, finite, instant, json_object, json_response
from service.answers.models import ModelPageSchema, ModelRefSchema, ModelSummarySchema, ModelViewSchema, shown
from service.answers.pages import PageSchema, listing
from service.answers.problems import ProblemSchema

__all__ = [
    "JSON",
    "EventPageSchema",
    "EventSchema",
    "Instant",
    "JobErrorSchema",
    "JobPageSchema",
    "JobSummarySchema",
    "JobViewSchema",
    "Json",
    "LayerHealthSchema",
    "ModelPageSchema",
    "ModelRefSchema",
    "ModelSummarySchema",
    "ModelViewSchema",
    "PageSchema",
    "ProblemSchema",
    "ProgressSchema",
    "TrainingHealthSchema",
    "answer_json",
    "as_json",
    "event_listing",
    "finite",
    "instant",
    "json_object",
    "json_response",
    "layers_health",
    "listing",
    "metrics_columns",
    "metrics_csv",
    "shown",
    "summary",
]
