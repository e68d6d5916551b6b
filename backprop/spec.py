"""What a job asks for, as frozen dataclasses: `schemas` parses JSON into them, `defaults` completes them.

A field whose default depends on the data is None until `defaults.complete` has seen the dataset; a stored spec has no
such None left.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeVar

from backprop.nn import ACTIVATIONS, OPTIMIZERS, SCHEDULES, Activation, Initializer, Loss, Monitor, Optimizer, Schedule

Task = Literal["classification", "multi_label", "regression"]
T = TypeVar("T")
Numbers = tuple[tuple[float, ...], ...]

RELU: Activation = ACTIVATIONS["relu"]()
ADAM: Optimizer = OPTIMIZERS["adam"]()
CONSTANT: Schedule = SCHEDULES["constant"]()


@dataclass(frozen=True)
class DataSpec:
    """Where the rows come from: a built-in set's name or a stored dataset's id, one of the two.

    Inline data becomes a stored dataset before a spec is stored, so a stored spec never carries rows.
    """

    builtin: str | None = None
    dataset: str | None = None


@dataclass(frozen=True)
class SplitSpec:
    """Rows held out: a value below 1 is a share of all rows, from 1 on a count (scikit-learn's train_test_split).

    Columns may say more: rows of one `group` stay together, and shares and counts are then of groups; of `time`, the
    last rows are held out; `column` names each row's part itself. With `folds` the training rows are cross-validated,
    so many trainings each holding out a part of them, before the model is trained on all of them.
    """

    validation: float = 0.0
    test: float = 0.0
    stratify: bool = False
    random_state: int = 0
    group: str | None = None
    time: str | None = None
    column: str | None = None
    folds: int | None = None


@dataclass(frozen=True)
class PreprocessingSpec:
    """How columns become numbers; fitted on the training rows alone and kept with the model.

    `fill` stands in for a missing number where `missing` is constant. Categories of fewer rows than `rare` (a share
    below 1, else a count), and those beyond the most frequent `max_categories`, are pooled.
    """

    numeric: Literal["none", "standard", "minmax", "robust", "quantile"] = "standard"
    categorical: Literal["one_hot", "ordinal"] = "one_hot"
    missing: Literal["error", "mean", "median", "most_frequent", "constant", "drop"] = "mean"
    fill: float = 0.0
    indicators: bool = False
    rare: float = 0.0
    max_categories: int = 100
    unseen: Literal["error", "ignore", "pooled"] = "error"
    target: Literal["none", "standard"] | None = None


@dataclass(frozen=True)
class LayerSpec:
    """One hidden layer: its width, its activation, the share of its units dropped in training, batch normalization."""

    units: int
    activation: Activation = RELU
    dropout: float = 0.0
    batch_norm: bool = False


@dataclass(frozen=True)
class OutputSpec:
    """The output layer: its activation; its width follows from the target."""

    activation: Activation | None = None


@dataclass(frozen=True)
class NetworkSpec:
    """The network's shape and how its parameters begin.

    `weights` holds one (inputs, units) matrix a layer, `biases` one vector a layer; None: initialized from the seed.
    `init` None: he for relu's family, glorot for the rest, layer by layer. `start_from` names a stored model, by its id
    once the spec is complete: its parameters are the first ones.
    """

    hidden: tuple[LayerSpec, ...] | None = None
    output: OutputSpec = OutputSpec()
    bias: bool | None = None
    init: Initializer | None = None
    weights: tuple[Numbers, ...] | None = None
    biases: Numbers | None = None
    start_from: str | None = None


@dataclass(frozen=True)
class StopSpec:
    """When training ends before its last epoch; None switches a stop off. `max_seconds` counts seconds trained."""

    loss_below: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    monitor: Monitor | None = None
    baseline: float | None = None
    restore_best: bool = True
    max_seconds: float | None = None


@dataclass(frozen=True)
class TrainingSpec:
    """The loss, the optimizer, the course of training, and what regularizes it.

    `class_weight` is "balanced", or pairs of a class's name and its weight; `metrics` names what is measured beside.
    """

    loss: Loss | None = None
    optimizer: Optimizer = ADAM
    schedule: Schedule = CONSTANT
    epochs: int = 200
    batch_size: int | Literal["full"] | None = None
    shuffle: bool = True
    seed: int = 0
    shuffle_seed: int | None = None
    dtype: Literal["float32", "float64"] = "float32"
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    max_norm: float | None = None
    class_weight: Literal["balanced"] | tuple[tuple[str, float], ...] | None = None
    metrics: tuple[str, ...] = ()
    stop: StopSpec = StopSpec()


@dataclass(frozen=True)
class JobSpec:
    """One training job, whole."""

    data: DataSpec
    name: str | None = None
    target: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    weight: str | None = None
    task: Task | None = None
    split: SplitSpec = SplitSpec()
    preprocessing: PreprocessingSpec = PreprocessingSpec()
    network: NetworkSpec = NetworkSpec()
    training: TrainingSpec = TrainingSpec()
    priority: int = 0
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """Of all its trainings: those of the folds, if there are any, and the model's own."""
        return ((self.split.folds or 0) + 1) * self.training.epochs


def settled(value: T | None) -> T:
    """Return a field of a complete spec that only an incomplete one may hold None in. Raises ValueError for None."""
    if value is None:
        raise ValueError("the spec has not been completed")
    return value
