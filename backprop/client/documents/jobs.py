"""Training jobs: how far they are, what became of them, and each epoch's figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backprop.client.documents.document import Document, Json
from backprop.client.documents.models import ModelRef


@dataclass(frozen=True, kw_only=True)
class Progress(Document):
    """How far a job is; `queue_position` counts the jobs ahead of it while it is queued, events name its `state`."""

    state: str | None
    epoch: int
    epochs: int
    percent: float
    samples_per_second: float | None
    eta_seconds: float | None
    queue_position: int | None


@dataclass(frozen=True, kw_only=True)
class JobFailure(Document):
    """Why a job failed."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class CrossValidation(Document):
    """The mean and the standard deviation, over the folds, of loss and scores on the rows that each held out."""

    mean: Mapping[str, float | None]
    std: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Job(Document):
    """A job; lists show it without its `spec`, and its `results` without the `evaluation` and each fold's.

    `results` holds loss and scores for train, validation and test, and how classes were told apart (docs/jobs.md).
    `reproduces` is the id of the model that it trains once more, `reproduction` "match", "differs" or "not_comparable".
    """

    id: str
    name: str
    state: str
    requested: str | None
    stop_reason: str | None
    priority: int
    spec: Json | None
    progress: Progress
    model: ModelRef | None
    reproduces: str | None
    reproduction: str | None
    results: Mapping[str, Any] | None
    crashes: int
    waiting_for: str | None
    error: JobFailure | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    metadata: Mapping[str, str]

    @property
    def cross_validation(self) -> CrossValidation | None:
        """What its folds came to, where it has any and has succeeded."""
        found = (self.results or {}).get("cross_validation")
        return None if found is None else CrossValidation.of(found)

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        moments = dict.fromkeys(("created_at", "started_at", "ended_at"), datetime.fromisoformat)
        return {"progress": Progress.of, "model": ModelRef.of, "error": JobFailure.of, **moments}


ENDED = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, kw_only=True)
class Change(Document):
    """A change of a job's state; `kind` says what happened: "queued", "started", "crashed", "succeeded" …"""

    seq: int
    at: datetime
    kind: str
    claim: int
    data: Json

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class Metrics(Document):
    """Columns of equal length, one entry an epoch; a column that a job has no figures for is None.

    The metrics that a job asked for by name stand in `document` beside these.
    """

    epoch: Sequence[int]
    loss: Sequence[float | None]
    accuracy: Sequence[float | None] | None
    validation_loss: Sequence[float | None] | None
    validation_accuracy: Sequence[float | None] | None
    learning_rate: Sequence[float | None]
    seconds: Sequence[float | None]
