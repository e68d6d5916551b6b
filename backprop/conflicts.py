"""Conflicts: what in a job's spec, its defaults filled in, contradicts something else in it."""

from collections.abc import Iterator

from backprop.errors import Problem
from backprop.nn import Activation, Loss
from backprop.spec import CONSTANT, JobSpec, NetworkSpec, settled

LABEL_OUTPUTS = ("sigmoid", "hard_sigmoid")  # each a probability of its own


def validates(spec: JobSpec) -> bool:
    """Return whether there is a training with validation rows."""
    return bool(spec.split.validation) or spec.split.folds is not None


def conflicts(spec: JobSpec) -> Iterator[Problem]:
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
    if spec.split.folds is not None:
        yield from _folds_conflicts(spec)
    if spec.training.optimizer.name == "lbfgs":
        yield from _lbfgs_conflicts(spec)
    yield from _parameter_conflicts(spec.network)


def _monitor_conflicts(spec: JobSpec) -> Iterator[Problem]:
    monitor = settled(spec.training.stop.monitor)
    if monitor.startswith("validation") and not validates(spec):
        detail = f"there are no validation rows; set split.validation, or monitor {monitor.removeprefix('validation_')}"
        yield Problem("#/training/stop/monitor", "conflict", detail)
    if monitor.endswith("accuracy") and spec.task == "regression":
        detail = f"values have no accuracy; monitor {monitor.replace('accuracy', 'loss')}"
        yield Problem("#/training/stop/monitor", "conflict", detail)


def _folds_conflicts(spec: JobSpec) -> Iterator[Problem]:
    """Yield what cannot be told of several trainings, one after the other or side by side."""
    if spec.split.validation:
        detail = "each fold's held-out rows validate it; leave out either validation or folds"
        yield Problem("#/split/validation", "conflict", detail)
    if spec.training.stop.max_seconds is not None:
        detail = "of several trainings a time does not say which it ends; take fewer epochs, or patience"
        yield Problem("#/training/stop/max_seconds", "conflict", detail)


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
