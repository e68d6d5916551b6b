"""Predictions: of instances that were sent, and jobs that predict for whole datasets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backprop.client.documents.document import Document, Json
from backprop.client.documents.jobs import ENDED, JobFailure
from backprop.client.documents.models import ModelRef


@dataclass(frozen=True, kw_only=True)
class Prediction(Document):
    """What a model makes of instances, one entry an instance; `outputs` has a column for each of `classes`.

    Of a model of labels, `classes` are their names, and a prediction is a list of each label's yes or no. What was not
    wanted is None; `warnings` name cells, by pointers, that are unlike all that training saw.
    """

    predictions: Sequence[Any]
    outputs: Sequence[Sequence[float]] | None
    probabilities: Sequence[Sequence[float]] | None
    logits: Sequence[Sequence[float]] | None
    top_k: Sequence[Sequence[Json]] | None
    warnings: Sequence[Json] | None
    classes: Sequence[str | bool | float] | None
    model: ModelRef

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"model": ModelRef.of}


@dataclass(frozen=True, kw_only=True)
class RowsDone(Document):
    """How far a prediction is: rows done, of `total`."""

    rows: int
    total: int
    percent: float
    rows_per_second: float | None
    eta_seconds: float | None
    queue_position: int | None


@dataclass(frozen=True, kw_only=True)
class PredictionJob(Document):
    """A prediction for a whole dataset; `results` has the number of `rows`, and of those `rejected` by the model."""

    id: str
    state: str
    requested: str | None
    priority: int
    progress: RowsDone
    model: ModelRef | None
    data: Mapping[str, str]
    include: Sequence[str]
    on_error: str
    results: Mapping[str, int] | None
    crashes: int
    waiting_for: str | None
    error: JobFailure | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    metadata: Mapping[str, str]

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        moments = dict.fromkeys(("created_at", "started_at", "ended_at"), datetime.fromisoformat)
        return {"progress": RowsDone.of, "model": ModelRef.of, "error": JobFailure.of, **moments}
