"""Documents: the JSON that a service answers with, as frozen dataclasses with the JSON's names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A JSON object that was answered; `document` is all of it, with the fields that this client does not know."""

    document: Json = field(repr=False, compare=False)

    @classmethod
    def of(cls, document: Json) -> Self:
        """Return the dataclass that a JSON object fills: what it lacks is None, what is not known here is left out."""
        known = {name: document.get(name) for name in cls.__dataclass_fields__ if name != "document"}
        parsed = {name: parse(known[name]) for name, parse in cls._parsers().items() if known[name] is not None}
        return cls(document=document, **(known | parsed))

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        """Return how the fields are made that are no plain JSON."""
        return {}


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
class ModelRef(Document):
    """A model by id, and by name and version; `sha256` where a prediction names it."""

    id: str
    name: str
    version: int
    sha256: str | None


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


@dataclass(frozen=True, kw_only=True)
class Model(Document):
    """A model; lists show it without its `spec`, `environment` and the digest of its data."""

    id: str
    name: str
    version: int
    job: str | None
    sha256: str
    features: Sequence[str]
    classes: Sequence[str | bool | float] | None
    metrics: Mapping[str, Any] | None
    aliases: Sequence[str] | None
    tags: Mapping[str, str] | None
    note: str | None
    created_at: datetime
    dataset_sha256: str | None
    environment: Mapping[str, str] | None
    spec: Json | None

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"created_at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class Comparison(Document):
    """Two models side by side: `metrics` has left, right and difference in the place of each figure.

    `spec` has left and right of each part in which the specs differ, by its `pointer`, `lineage` of what else was not
    the same, by its `name`.
    """

    left: ModelRef
    right: ModelRef
    same_weights: bool
    metrics: Mapping[str, Mapping[str, Any]]
    spec: Sequence[Json]
    lineage: Sequence[Json]

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"left": ModelRef.of, "right": ModelRef.of}


@dataclass(frozen=True, kw_only=True)
class Alias(Document):
    """An alias, the version that it points at, and that one's id as `model`; `etag` changes with every move."""

    name: str
    alias: str
    version: int
    model: str
    moved_at: datetime
    moved_by: str
    etag: str | None

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"moved_at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class AliasMove(Document):
    """A move of an alias: its `kind` is "set", "rolled_back" or "deleted"; a version of None stands for none."""

    number: int
    kind: str
    from_version: int | None
    to_version: int | None
    at: datetime
    by: str

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"at": datetime.fromisoformat}


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


@dataclass(frozen=True, kw_only=True)
class Dataset(Document):
    """A dataset; each of `columns` has its name, kind, count of missing values and notes, alone its statistics too."""

    id: str
    name: str | None
    format: str
    bytes: int | None
    sha256: str
    rows: int
    columns: Sequence[Json]
    created_at: datetime

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"created_at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class Rows(Document):
    """Some rows of a dataset, of `total`, their cells in the order of `columns`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    offset: int
    total: int


@dataclass(frozen=True, kw_only=True)
class BuiltinSet(Document):
    """A set of data that is always there; `columns` are name and kind of each."""

    name: str
    description: str
    rows: int
    columns: Sequence[Mapping[str, str]]
    target: str
    task: str


@dataclass(frozen=True, kw_only=True)
class Health(Document):
    """How a service is, and how many workers with how many slots it has."""

    status: str
    database: str | None
    broker: str | None
    workers: int | None
    slots: int | None
