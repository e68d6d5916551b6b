"""The record of one epoch."""

from typing import NamedTuple

from backprop.nn.training.health import Health


class Epoch(NamedTuple):
    """What is known when an epoch has ended; `epoch` counts from 1.

    `loss` and `accuracy` are means over the batches' forward passes, so from before each update, weighted by rows; the
    validation figures are taken after the epoch. Accuracies are None where the outputs are not classes, validation
    figures None without validation rows. `health` is there in the few epochs that were looked at more closely.
    """

    epoch: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    health: Health | None = None
