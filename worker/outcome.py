"""The outcome of a job's trainings: its model and what that is worth, or how it has failed."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from backprop.data import Part
from backprop.errors import failure
from backprop.nn import digest
from backprop.store.jobs.claims import Outcome
from backprop.store.jobs.evaluations import Rows
from backprop.store.models import NewModel
from worker.evaluation import evaluated
from worker.training_run import TrainingRun

PARTS: Sequence[Rows] = ("train", "validation", "test")


def outcome(run: TrainingRun, measured: Callable[[], object], folds: Sequence[Mapping[str, Any]] = ()) -> Outcome:
    """Return how an ended run ended, with its model and results, where there were `folds` also what these came to.

    `measured` is called after each part of the data.
    """
    reason = run.training.stop_reason
    if reason == "diverged":
        return diverged(run, "")
    encoding, predictor = run.prepared.encoding, run.predictor()
    parts: dict[Rows, Part] = {name: part for name in PARTS if (part := getattr(run.prepared, name)) is not None}
    results: dict[str, Any] = dict.fromkeys(PARTS)
    for name, part in parts.items():
        outputs = predictor.outputs(part.x)
        results[name] = run.results(part, outputs)
        measured()
    if folds:
        results["cross_validation"] = cross_validation(folds)
    # What says most comes last: the test rows, without these the validation rows, without both the training rows.
    last = evaluated(encoding, name, part.truth, encoding.decode(outputs))
    shown = results | {"folds": [*folds]} if folds else results
    return Outcome("succeeded", reason, _model(run, results), shown, last)


def diverged(run: TrainingRun, where: str) -> Outcome:
    """Return the failure of a run whose loss or weights are not finite; `where`, if not "", says in which one."""
    epoch = run.training.position.epoch
    detail = f"{where}the loss or the weights were no longer finite after epoch {epoch}; lower the learning rate"
    return Outcome("failed", "diverged", error=failure("diverged", detail))


def cross_validation(folds: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Return the mean and the standard deviation (with n, as scikit-learn's cv_results_) of the folds' held-out rows.

    A figure that a fold does not have is None.
    """
    held_out = [fold["validation"] for fold in folds]
    columns = {name: np.array([scores[name] for scores in held_out], np.float64) for name in held_out[0]}
    return {
        how: {name: float(of(column)) if np.isfinite(column).all() else None for name, column in columns.items()}
        for how, of in (("mean", np.mean), ("std", np.std))
    }


def _model(run: TrainingRun, results: dict[str, Any]) -> NewModel:
    flat = run.training.parameters
    content = (flat.byteswap() if sys.byteorder == "big" else flat).tobytes()
    return NewModel(content, digest(run.network, flat), run.prepared.encoding.to_json(), results)
