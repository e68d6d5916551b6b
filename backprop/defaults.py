"""Defaults: a spec meets its data; what it left open is filled in, and what cannot work with these rows is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from backprop import metrics
from backprop.assembly import check_parameters, network_of
from backprop.data import BUILTINS, Encoding, Split, Table, class_weights, fit, roles
from backprop.errors import InvalidError, Problem
from backprop.nn import ACTIVATIONS, LOSSES, Activation, Loss
from backprop.spec import CONSTANT, JobSpec, LayerSpec, NetworkSpec, OutputSpec, Task, TrainingSpec, settled
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
LABEL_OUTPUTS = ("sigmoid", "hard_sigmoid")  # each a probability of its own


@dataclass(frozen=True)
class Completed:
    """A complete spec, the rows of each part, and the encoding learnt from the training rows."""

    spec: JobSpec
    parts: Split
    encoding: Encoding

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
    there, a task, loss, activation or stop that does not fit them, parts that leave no training rows, and explicit
    weights that do not fit the network.
    """
    filled = _fill(spec, table, start)
    if problems := [*_conflicts(filled)]:
        raise InvalidError(problems)
    encoding, parts = fit(table, filled)
    training = filled.training
    if training.batch_size is None:
        filled = replace(filled, training=replace(training, batch_size=min(BATCH_SIZE, len(parts.train))))
    network = network_of(filled, encoding)
    check_parameters(filled, network)
    if start is not None:
        start.check(network)
    class_weights(encoding, filled)
    _check_metrics(filled, encoding)
    return Completed(filled, parts, encoding)


def check_rows(completed: Completed, table: Table) -> None:
    """Raise InvalidError for a value that cannot be encoded: missing where none may be, or too large for the dtype.

    It encodes every row, some at a time, so a job should be admitted first.
    """
    encoding, parts = completed.encoding, completed.parts
    rows = np.concatenate([parts.train, parts.validation, parts.test])
    block = max(1, BLOCK_NUMBERS // encoding.inputs)
    for start in range(0, len(rows), block):
        encoding.encode_table(table, rows[start : start + block])
        y = encoding.encode_targets(table, rows[start : start + block])
        if settled(completed.spec.training.loss).name == "poisson" and (y < 0).any():
            detail = "poisson takes counts, and the target has values below 0; take mse"
            raise InvalidError([Problem("#/training/loss", "conflict", detail)])


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
    monitor = training.stop.monitor or ("validation_loss" if spec.split.validation else "loss")
    shuffle_seed = training.seed if training.shuffle_seed is None else training.shuffle_seed
    return replace(training, loss=loss, shuffle_seed=shuffle_seed, stop=replace(training.stop, monitor=monitor))


def _conflicts(spec: JobSpec) -> Iterator[Problem]:
    """Yield what in a filled spec contradicts something else in it."""
    loss, activation = settled(spec.training.loss), settled(spec.network.output.activation)
    if not loss.accepts(activation.name):
        detail = f"{loss.name} takes the output activation {' or '.join(loss.over)}, not {activation.name}"
        yield Problem("#/training/loss", "conflict", detail)
    if spec.task == "regression":
        yield from _regression_conflicts(spec, loss, activation)
        if loss.name == "poisson" and spec.preprocessing.target != "none":
            yield Problem("#/preprocessing/target", "conflict", 'counts are not scaled for poisson; take "none"')
    elif spec.task == "multi_label":
        yield from _label_conflicts(spec, loss, activation)
    else:
        yield from _classification_conflicts(spec, loss)
    yield from _monitor_conflicts(spec)
    if spec.training.optimizer.name == "lbfgs":
        yield from _lbfgs_conflicts(spec)
    yield from _parameter_conflicts(spec.network)


def _monitor_conflicts(spec: JobSpec) -> Iterator[Problem]:
    monitor = settled(spec.training.stop.monitor)
    if monitor.startswith("validation") and not spec.split.validation:
        detail = f"there are no validation rows; set split.validation, or monitor {monitor.removeprefix('validation_')}"
        yield Problem("#/training/stop/monitor", "conflict", detail)
    if monitor.endswith("accuracy") and spec.task == "regression":
        detail = f"values have no accuracy; monitor {monitor.replace('accuracy', 'loss')}"
        yield Problem("#/training/stop/monitor", "conflict", detail)


def _lbfgs_conflicts(spec: JobSpec) -> Iterator[Problem]:
    """Yield what leaves L-BFGS without one smooth loss that is the same at every look."""
    training = spec.training
    for number, layer in enumerate(settled(spec.network.hidden)):
        if layer.dropout:
            detail = "lbfgs takes no dropout, which changes the loss at every look; leave it out, or take adam"
            yield Problem(f"#/network/hidden/{number}/dropout", "conflict", detail)
    if training.batch_size not in (None, "full"):
        yield Problem("#/training/batch_size", "conflict", 'lbfgs takes all rows at once; take "full"')
    if training.schedule != CONSTANT:
        detail = "lbfgs finds the length of its steps by itself; leave the schedule out"
        yield Problem("#/training/schedule", "conflict", detail)
    for key in ("l1", "clip_value", "clip_norm", "max_norm"):
        if getattr(training, key):
            detail = f"lbfgs wants a smooth loss and its own gradient; leave {key} out, l2 does no harm"
            yield Problem(f"#/training/{key}", "conflict", detail)


def _classification_conflicts(spec: JobSpec, loss: Loss) -> Iterator[Problem]:
    if loss.name == "poisson":
        yield Problem(
            "#/training/loss", "conflict", "poisson takes counts, and the target is classes; take cross_entropy"
        )
    if spec.preprocessing.target != "none":
        yield Problem("#/preprocessing/target", "conflict", 'classes are not scaled; take "none"')


def _label_conflicts(spec: JobSpec, loss: Loss, activation: Activation) -> Iterator[Problem]:
    if loss.over and not any(map(loss.accepts, LABEL_OUTPUTS)):
        detail = f"{loss.name} takes outputs that are no probability of each label; take binary_cross_entropy"
        yield Problem("#/training/loss", "conflict", detail)
    elif activation.name not in LABEL_OUTPUTS:
        detail = f"each output is the probability of a label; take {' or '.join(LABEL_OUTPUTS)}, not {activation.name}"
        yield Problem("#/network/output/activation", "conflict", detail)
    if spec.training.class_weight is not None:
        detail = "class weights are of classes, of which each row has one, and the target is labels; take weight"
        yield Problem("#/training/class_weight", "conflict", detail)
    if spec.preprocessing.target != "none":
        yield Problem("#/preprocessing/target", "conflict", 'labels are not scaled; take "none"')


def _regression_conflicts(spec: JobSpec, loss: Loss, activation: Activation) -> Iterator[Problem]:
    if loss.classification:
        yield Problem("#/training/loss", "conflict", f"{loss.name} takes classes, and the target is values; take mse")
    if activation.name == "softmax":
        detail = "softmax makes shares that add up to 1, and the target is values; take identity"
        yield Problem("#/network/output/activation", "conflict", detail)
    if spec.training.class_weight is not None:
        yield Problem(
            "#/training/class_weight", "conflict", "only classes have class weights, and the target is values"
        )
    if spec.split.stratify:
        yield Problem("#/split/stratify", "conflict", "only classes can be stratified, and the target is values")


def _parameter_conflicts(network: NetworkSpec) -> Iterator[Problem]:
    if network.weights is not None and network.init is not None:
        yield Problem("#/network/init", "conflict", "the weights are given; leave out either them or init")
    if network.start_from is not None and (network.weights is not None or network.init is not None):
        key = "init" if network.weights is None else "weights"
        detail = f"the first weights are {network.start_from}'s; leave out either {key} or start_from"
        yield Problem(f"#/network/{key}", "conflict", detail)
    if network.biases is not None and network.weights is None:
        yield Problem("#/network/biases", "conflict", "biases stand beside weights; give both, or neither")
    if network.biases is not None and not network.bias:
        yield Problem("#/network/biases", "conflict", "the network has no biases; leave them out, or set bias to true")
