"""Defaults: a spec meets its data; what it left open is filled in, and what cannot work with these rows is refused."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from backprop import metrics
from backprop.assembly import check_parameters, network_of
from backprop.conflicts import conflicts, validates
from backprop.data import BUILTINS, Encoding, Split, Table, class_weights, encoding_of, fit, folds_of, roles
from backprop.errors import InvalidError, Problem
from backprop.nn import ACTIVATIONS, LOSSES, Loss
from backprop.spec import JobSpec, LayerSpec, NetworkSpec, OutputSpec, Task, TrainingSpec, settled
from backprop.trained import Start

BLOCK_NUMBERS = 2**20  # encoded at a time when rows are checked
BATCH_SIZE = 32  # at most; fewer where there are fewer training rows

# The first loss that accepts the output's activation is the default, and its own activation the default with it.
LOSSES_BY_TASK: dict[Task, tuple[str, ...]] = {
    "classification": ("cross_entropy", "binary_cross_entropy", "mse"),
    "multi_label": ("binary_cross_entropy", "mse"),
    "regression": ("mse",),
}
HIDDEN = (LayerSpec(100),)
OUTPUT_BY_TASK: dict[Task, str] = {"classification": "softmax", "multi_label": "sigmoid", "regression": "identity"}


@dataclass(frozen=True)
class Completed:
    """A complete spec, the rows of each part and of each fold, and the encoding learnt from the training rows."""

    spec: JobSpec
    parts: Split
    encoding: Encoding
    folds: tuple[Split, ...] = ()

    @property
    def rows(self) -> int:
        """The number of training rows."""
        return len(self.parts.train)


def complete(spec: JobSpec, table: Table) -> JobSpec:
    """Return the spec with nothing left open. Raises InvalidError as `examine`."""
    return examine(spec, table).spec


def examine(spec: JobSpec, table: Table, start: Start | None = None) -> Completed:
    """Return the spec with nothing left open, and the sizes that follow from its data.

    `start` is the model that its `start_from` names: what is left open of the network is as there. A complete spec
    comes back as it is. Raises InvalidError, with pointers into the spec, for columns that are not
    there, a task, loss, activation or stop that does not fit them, parts that leave no training rows, folds that there
    are too few rows for, and explicit weights that do not fit the network, or a fold's.
    """
    filled = _fill(spec, table, start)
    if problems := [*conflicts(filled)]:
        raise InvalidError(problems)
    encoding, parts = fit(table, filled)
    training = filled.training
    if training.batch_size is None:
        filled = replace(filled, training=replace(training, batch_size=min(BATCH_SIZE, len(parts.train))))
    folds = folds_of(table, filled, parts)
    _check_beginning(filled, encoding, start)
    if start is not None or filled.network.weights is not None:  # else a fold's network may well have other inputs
        for number, fold in enumerate(folds, 1):
            _check_fold(number, filled, encoding_of(table, filled, fold), start)
    class_weights(encoding, filled)
    _check_metrics(filled, encoding)
    return Completed(filled, parts, encoding, folds)


def check_rows(completed: Completed, table: Table) -> None:
    """Raise InvalidError for a value that cannot be encoded: missing where none may be, or too large for the dtype.

    It encodes every row, some at a time, so a job should be admitted first.
    """
    encoding, parts = completed.encoding, completed.parts
    rows = np.sort(np.concatenate([parts.train, parts.validation, parts.test]))  # as they lie, which may be in a file
    block = max(1, BLOCK_NUMBERS // encoding.inputs)
    for start in range(0, len(rows), block):
        encoding.encode_table(table, rows[start : start + block])
        y = encoding.encode_targets(table, rows[start : start + block])
        if settled(completed.spec.training.loss).name == "poisson" and (y < 0).any():
            detail = "poisson takes counts, and the target has values below 0; take mse"
            raise InvalidError([Problem("#/training/loss", "conflict", detail)])


def _check_beginning(spec: JobSpec, encoding: Encoding, start: Start | None) -> None:
    network = network_of(spec, encoding)
    check_parameters(spec, network)
    if start is not None:
        start.check(network)


def _check_fold(number: int, spec: JobSpec, encoding: Encoding, start: Start | None) -> None:
    try:
        _check_beginning(spec, encoding, start)
    except InvalidError as error:
        raise InvalidError(
            [replace(problem, detail=f"in fold {number} {problem.detail}") for problem in error.problems]
        ) from error


def _check_metrics(spec: JobSpec, encoding: Encoding) -> None:
    activation = settled(spec.network.output.activation).name
    if problems := metrics.misfits(spec.training.metrics, encoding.task, activation, encoding.outputs):
        raise InvalidError(problems)


def _fill(spec: JobSpec, table: Table, start: Start | None) -> JobSpec:
    if spec.target is None and spec.data.builtin is not None:
        spec = replace(spec, target=(BUILTINS[spec.data.builtin].target,))
    chosen = roles(table, spec)
    scaling = spec.preprocessing.target or _scaling(spec, chosen.task)
    network, loss = _ending(_begun(spec, start), chosen.task)
    return replace(
        spec,
        target=chosen.target,
        features=chosen.features,
        task=chosen.task,
        preprocessing=replace(spec.preprocessing, target=scaling),
        network=network,
        training=_course(spec, loss),
    )


def _scaling(spec: JobSpec, task: Task) -> Literal["none", "standard"]:
    counts = spec.training.loss is not None and spec.training.loss.name == "poisson"
    return "standard" if task == "regression" and not counts else "none"


def _begun(spec: JobSpec, start: Start | None) -> JobSpec:
    """Return the spec with its network's layers: its own, else those of the model that it begins from."""
    network, loss = spec.network, spec.training.loss
    model = NetworkSpec() if start is None else start.spec
    activation = network.output.activation or model.output.activation
    if activation and loss and not loss.accepts(activation.name) and network.output.activation is None:
        activation = None  # the loss that the job names is about other outputs than the model's
    hidden = next(layers for layers in (network.hidden, model.hidden, HIDDEN) if layers is not None)
    bias = next(bias for bias in (network.bias, model.bias, True) if bias is not None)
    begun = replace(network, hidden=hidden, bias=bias, output=OutputSpec(activation))
    return replace(spec, network=begun if start is None else replace(begun, start_from=start.id))


def _ending(spec: JobSpec, task: Task) -> tuple[NetworkSpec, Loss]:
    """Return the network with its output's activation, and the loss; where one is open it follows from the other."""
    activation, loss = spec.network.output.activation, spec.training.loss
    if activation is None:
        suited = loss.over[0] if loss and loss.over else OUTPUT_BY_TASK[task]
        activation = ACTIVATIONS[suited]()
    if loss is None:
        loss = next(LOSSES[name]() for name in LOSSES_BY_TASK[task] if LOSSES[name].accepts(activation.name))
    return replace(spec.network, output=OutputSpec(activation)), loss


def _course(spec: JobSpec, loss: Loss) -> TrainingSpec:
    training = spec.training
    if training.optimizer.name == "lbfgs" and training.batch_size is None:
        training = replace(training, batch_size="full")
    monitor = training.stop.monitor or ("validation_loss" if validates(spec) else "loss")
    shuffle_seed = training.seed if training.shuffle_seed is None else training.shuffle_seed
    return replace(training, loss=loss, shuffle_seed=shuffle_seed, stop=replace(training.stop, monitor=monitor))
