"""Admission: what a job would take is estimated before it is accepted, and refused where that is over the limits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backprop.assembly import network_of, recipe_of, side_by_side
from backprop.data import Split, Table
from backprop.datasets.shelf import is_shelved
from backprop.defaults import Completed
from backprop.errors import InvalidError, Problem
from backprop.metrics import MOST_EPOCHS
from backprop.nn import Network, buffer_bytes, flops_per_row
from backprop.settings import Settings

STEP_OVER_FORWARD = 3  # a step's work is a forward pass's, and about twice that to find the gradient
MEASURED_BYTES = 32  # an output that is measured, with what scikit-learn makes of it
CELL_BYTES = 16  # a cell as it is stored and once more as it is read
ROW_BYTES = 100  # of a table in a file: its number, a column while it is fitted, its target while that is measured


@dataclass(frozen=True)
class Estimate:
    """What a job takes: bytes of memory at its peak, beyond a bare worker, and floating-point operations in all."""

    bytes: int
    flops: float


def estimate(completed: Completed, table: Table, most_shelved: int = 0) -> Estimate:
    """Return what the job takes: the table, its encoded rows and training's buffers; every epoch's passes over them.

    Of folds as many are in memory as are trained at once, and none beside the model's own training. What is mapped is
    no memory of the job: a table in a file, and rows on a shelf, of which `most_shelved` bytes fit.
    """
    spec, parts = completed.spec, completed.parts
    network, recipe = network_of(spec, completed.encoding), recipe_of(spec, completed.rows)
    shelf = most_shelved if spec.data.dataset is not None else 0
    measured_rows = len(parts.train) + len(parts.validation) if spec.training.metrics else 0
    measuring = MEASURED_BYTES * measured_rows * network.outputs
    own = _encoded_bytes(network, parts, shelf) + buffer_bytes(network, recipe, completed.rows) + measuring
    passes = min(spec.training.epochs, MOST_EPOCHS) * measured_rows / STEP_OVER_FORWARD
    steps_an_epoch = sum(
        len(part.train) + len(part.validation) / STEP_OVER_FORWARD for part in (parts, *completed.folds)
    )
    cells = ROW_BYTES if table.is_mapped else CELL_BYTES * len(table.columns)
    return Estimate(
        bytes=cells * table.rows + max([own, *_bytes_of_folds(completed, shelf)]),
        flops=flops_per_row(network) * (steps_an_epoch * spec.training.epochs + passes),
    )


def _encoded_bytes(network: Network, parts: Split, shelf: int) -> int:
    """Return the bytes of the arrays that lie in memory, as small ones and those that the shelf is too small for do."""
    itemsize = np.dtype(network.dtype).itemsize
    counts = (len(parts.train), len(parts.validation), len(parts.test))
    sizes = [itemsize * rows * width for rows in counts for width in (network.inputs, network.outputs)]
    return sum(size for size in sizes if not is_shelved(size) or size > shelf)


def _bytes_of_folds(completed: Completed, shelf: int) -> Iterator[int]:
    """Yield for each fold what it takes together with as many others of its size as are trained at once."""
    network = network_of(completed.spec, completed.encoding)
    for fold in completed.folds:
        rows = len(fold.train) + len(fold.validation)
        recipe = recipe_of(completed.spec, len(fold.train))
        at_once = side_by_side(network, recipe, rows, len(completed.folds))
        yield at_once * (_encoded_bytes(network, fold, shelf) + buffer_bytes(network, recipe, len(fold.train)))


def admit(wanted: Estimate, settings: Settings) -> None:
    """Raise InvalidError, with both figures of each limit that is passed, where a job takes more than it may."""
    problems = []
    if wanted.bytes > settings.max_job_bytes:
        detail = (
            f"the job would take about {wanted.bytes:,} bytes of memory and may take {settings.max_job_bytes:,}; "
            "take fewer units, rows or features, or float32"
        )
        problems.append(Problem("#/network", "too_much_memory", detail))
    if wanted.flops > settings.max_job_flops:
        detail = (
            f"the job would take about {wanted.flops:.3g} floating-point operations and may take "
            f"{settings.max_job_flops:.3g}; take fewer epochs, units or rows"
        )
        problems.append(Problem("#/training/epochs", "too_much_work", detail))
    if problems:
        raise InvalidError(problems)
