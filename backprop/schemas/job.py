"""The job as it is POSTed and stored: one schema an object of its JSON, each loaded as the spec's dataclass."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from marshmallow import ValidationError, post_dump, post_load, validates_schema

from backprop.data import BUILTINS
from backprop.metrics import MEANINGS
from backprop.nn import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES, Monitor
from backprop.schemas.alternatives import LONGEST_COLUMN, MOST_ROWS, Amount, BatchSize, ClassWeights, Names
from backprop.schemas.documents import Document
from backprop.schemas.families import Member
from backprop.schemas.fields import Boolean, Choice, Integer, Items, Labels, Number, Object, Text
from backprop.schemas.flaws import Flaw
from backprop.schemas.inline import Inline, InlineData
from backprop.schemas.parameters import Layers
from backprop.spec import (
    DataSpec,
    JobSpec,
    LayerSpec,
    NetworkSpec,
    OutputSpec,
    PreprocessingSpec,
    SplitSpec,
    StopSpec,
    Task,
    TrainingSpec,
)

MOST_LAYERS = 100
MOST_FOLDS = 100
MOST_UNITS = 1_000_000
MOST_EPOCHS = 10_000_000
MOST_SECONDS = 365 * 86400
SEEDS: Mapping[str, float] = MappingProxyType({"at_least": 0, "at_most": 2**32 - 1})
NAME = r"(?!mdl_)[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
NAME_REMEDY = "a name begins with a letter or digit, goes on with letters, digits, '.', '_' and '-', and not with mdl_"
DATASET = r"ds_[0-9A-Za-z]{1,64}"
ALIAS = r"(?![0-9]+$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
ALIAS_REMEDY = "an alias is a letter or digit, then letters, digits, '.', '_' and '-', and not digits alone"
MODEL = rf"(?:mdl_[0-9A-Za-z]{{1,64}}|{NAME}(?:@[A-Za-z0-9][A-Za-z0-9._-]{{0,99}})?)"
MODEL_REMEDY = "takes a model's id (mdl_…), its name for the newest version, name@version such as iris@3, or name@alias"


@dataclass(frozen=True)
class JobBody:
    """A job as it came: what it asks for and, where its rows stood in the body, those."""

    spec: JobSpec
    inline: Inline | None = None


class DataSchema(Document):
    """Where the rows come from: exactly one of a built-in set, a stored dataset, and rows in the body."""

    builtin = Choice(BUILTINS)
    dataset = Text(longest=70, pattern=DATASET, remedy="takes a dataset's id, such as ds_01…")
    inline = InlineData(load_only=True)

    @validates_schema(skip_on_field_errors=True)
    def _check_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError([Flaw("wrong_keys", "takes exactly one of builtin, dataset and inline")])

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> DataSpec | Inline:
        inline: Inline | None = data.get("inline")
        return DataSpec(**data) if inline is None else inline

    @post_dump
    def _drop_absent(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {key: value for key, value in data.items() if value is not None}


class StoredDataSchema(DataSchema):
    """Where the rows of a stored spec come from; that of a model which came in a file names none."""

    @validates_schema(skip_on_field_errors=True)
    def _check_one(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) > 1:
            super()._check_one(data)


class SplitSchema(Document):
    """Rows held out of training."""

    validation = Amount(bounds={"at_least": 0, "at_most": MOST_ROWS})
    test = Amount(bounds={"at_least": 0, "at_most": MOST_ROWS})
    stratify = Boolean()
    random_state = Integer(bounds=SEEDS)
    group = Text(longest=LONGEST_COLUMN, allow_none=True, metadata={"description": "rows of one group stay together"})
    time = Text(longest=LONGEST_COLUMN, allow_none=True, metadata={"description": "the last rows by it are held out"})
    column = Text(longest=LONGEST_COLUMN, allow_none=True, metadata={"description": "says train, validation or test"})
    folds = Integer(
        allow_none=True,
        bounds={"at_least": 2, "at_most": MOST_FOLDS},
        metadata={"description": "so many trainings validate each other's rows before the model's own: docs/jobs.md"},
    )

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> SplitSpec:
        return SplitSpec(**data)


class PreprocessingSchema(Document):
    """How columns become numbers."""

    numeric = Choice(("none", "standard", "minmax", "robust", "quantile"))
    categorical = Choice(("one_hot", "ordinal"))
    missing = Choice(("error", "mean", "median", "most_frequent", "constant", "drop"))
    fill = Number(metadata={"description": "what stands in for a missing number where `missing` is constant"})
    indicators = Boolean(metadata={"description": "an input more for each feature with gaps: whether it is missing"})
    rare = Amount(bounds={"at_least": 0, "at_most": MOST_ROWS}, metadata={"description": "rarer ones are pooled"})
    max_categories = Integer(bounds={"at_least": 2, "at_most": 100_000})
    unseen = Choice(("error", "ignore", "pooled"))
    target = Choice(("none", "standard"), allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> PreprocessingSpec:
        return PreprocessingSpec(**data)


class LayerSchema(Document):
    """One hidden layer."""

    units = Integer(required=True, bounds={"at_least": 1, "at_most": MOST_UNITS})
    activation = Member("activation", ACTIVATIONS, brief=True)
    dropout = Number(bounds={"at_least": 0, "below": 1})
    batch_norm = Boolean()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> LayerSpec:
        return LayerSpec(**data)


class OutputSchema(Document):
    """The output layer; its width follows from the target."""

    activation = Member("activation", ACTIVATIONS, brief=True, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> OutputSpec:
        return OutputSpec(**data)


class NetworkSchema(Document):
    """The network's shape and how its parameters begin; no hidden layers make a linear model."""

    hidden = Items(Object(LayerSchema), most=MOST_LAYERS)
    output = Object(OutputSchema)
    bias = Boolean()
    init = Member("initializer", INITIALIZERS, allow_none=True)
    weights = Layers(2, allow_none=True)
    biases = Layers(1, allow_none=True)
    start_from = Text(longest=201, pattern=MODEL, remedy=MODEL_REMEDY, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NetworkSpec:
        return NetworkSpec(**data)


class StopSchema(Document):
    """When training ends before its last epoch; null switches a stop off."""

    loss_below = Number(allow_none=True)
    patience = Integer(allow_none=True, bounds={"at_least": 1, "at_most": MOST_EPOCHS})
    min_delta = Number(bounds={"at_least": 0})
    monitor = Choice(get_args(Monitor), allow_none=True)
    baseline = Number(allow_none=True)
    restore_best = Boolean()
    max_seconds = Number(allow_none=True, bounds={"above": 0, "at_most": MOST_SECONDS})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> StopSpec:
        return StopSpec(**data)


class TrainingSchema(Document):
    """The loss, the optimizer and the course of training."""

    loss = Member("loss", LOSSES, brief=True, allow_none=True)
    optimizer = Member("optimizer", OPTIMIZERS)
    schedule = Member("schedule", SCHEDULES)
    epochs = Integer(bounds={"at_least": 1, "at_most": MOST_EPOCHS})
    batch_size = BatchSize()
    shuffle = Boolean()
    seed = Integer(bounds=SEEDS)
    shuffle_seed = Integer(allow_none=True, bounds=SEEDS)
    dtype = Choice(("float32", "float64"))
    l1 = Number(bounds={"at_least": 0})
    l2 = Number(bounds={"at_least": 0})
    clip_value = Number(allow_none=True, bounds={"above": 0})
    clip_norm = Number(allow_none=True, bounds={"above": 0})
    max_norm = Number(allow_none=True, bounds={"above": 0})
    class_weight = ClassWeights()
    metrics = Items(Choice(MEANINGS), most=len(MEANINGS))
    stop = Object(StopSchema)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> TrainingSpec:
        return TrainingSpec(**data)


class JobSchema(Document):
    """One training job."""

    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY, allow_none=True)
    data = Object(DataSchema, required=True)
    target = Names()
    features = Names()
    ignore = Names(metadata={"description": "columns that are no features; default: none"})
    weight = Text(longest=LONGEST_COLUMN, allow_none=True, metadata={"description": "how much each row counts"})
    task = Choice(get_args(Task), allow_none=True)
    split = Object(SplitSchema)
    preprocessing = Object(PreprocessingSchema)
    network = Object(NetworkSchema)
    training = Object(TrainingSchema)
    priority = Integer(bounds={"at_least": -1000, "at_most": 1000}, metadata={"description": "the lowest runs first"})
    metadata = Labels()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> JobBody:
        source = data.pop("data")
        if isinstance(source, DataSpec):
            return JobBody(JobSpec(data=source, **data))
        for key in ("features", "target"):
            data[key] = data.get(key) or getattr(source, key)
        return JobBody(JobSpec(data=DataSpec(), **data), source)


class StoredJobSchema(JobSchema):
    """A spec as it is stored with a job or a model."""

    data = Object(StoredDataSchema, required=True)
