"""Documents: the JSON that a service answers with, as frozen dataclasses with the JSON's names."""

from backprop.client.documents.datasets import BuiltinSet, Dataset, Rows
from backprop.client.documents.document import Document, Json
from backprop.client.documents.health import Health
from backprop.client.documents.jobs import ENDED, Change, CrossValidation, Job, JobFailure, Metrics, Progress
from backprop.client.documents.models import Alias, AliasMove, Comparison, Model, ModelRef
from backprop.client.documents.predictions import Prediction, PredictionJob, RowsDone

__all__ = [
    "ENDED",
    "Alias",
    "AliasMove",
    "BuiltinSet",
    "Change",
    "Comparison",
    "CrossValidation",
    "Dataset",
    "Document",
    "Health",
    "Job",
    "JobFailure",
    "Json",
    "Metrics",
    "Model",
    "ModelRef",
    "Prediction",
    "PredictionJob",
    "Progress",
    "Rows",
    "RowsDone",
]
