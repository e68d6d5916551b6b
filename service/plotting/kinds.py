"""Plots of a job: what there is to draw of each kind, and the remedy where there is nothing."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from backprop.errors import ConflictError, InvalidError, Problem
from backprop.plots.subjects import Confusion, Curves, Heading, Residuals, Subject
from backprop.spec import Task
from backprop.store.database import Database
from backprop.store.jobs import evaluations, metrics
from backprop.store.jobs.evaluations import Evaluated
from backprop.store.jobs.reading import JobView
from backprop.store.states import TERMINAL

POINTS = 1000  # of a curve, more than a screen has room for; kept are the extremes, so that no spike is lost
ABSENT: Mapping[str, str] = {
    "queued": "no epoch has ended yet: the job waits for its turn",
    "paused": "the job was paused before its first epoch had ended",
    "running": "no epoch has ended yet",
}
NO_CONFUSION: Mapping[Task, str] = {
    "multi_label": "each label has a confusion matrix of its own, in results.evaluation; ask for kind=curves",
    "regression": "a regression has no confusion matrix; ask for kind=residuals",
}
NO_RESIDUALS: Mapping[Task, str] = {
    "multi_label": "labels have no residuals; ask for kind=curves",
    "classification": "a classification has no residuals; ask for kind=confusion",
}

Look = Callable[[], Subject]


def curves(database: Database, job: JobView) -> Look:
    """Return what looks up the figures of a job's epochs so far: for a long job, too much to do at once."""
    done, asked = job.progress.epoch, job.progress.epochs
    heading = _heading(job, f"{job.state}, epoch {done:,} of {asked:,}")
    return partial(_curves, database, job, heading)


def confusion(database: Database, job: JobView) -> Look:
    """Return what gives a job's confusion matrix. Raises InvalidError and ConflictError where there is none."""
    _check_task(job, "classification", NO_CONFUSION)
    found = _evaluated(database, job)
    if found.report is None:
        raise ConflictError("no_evaluation", "of so many classes no confusion matrix is kept; ask for kind=curves")
    classes = tuple(map(_label, found.report["classes"]))
    counts = np.array(found.report["confusion_matrix"], dtype=np.int64)
    return partial(Confusion, _heading(job, _scores(job, found, "accuracy")), classes, counts)


def residuals(database: Database, job: JobView) -> Look:
    """Return what gives a job's predicted values beside the true ones. Raises as `confusion`."""
    _check_task(job, "regression", NO_RESIDUALS)
    found = _evaluated(database, job)
    if found.pairs is None:
        raise ConflictError("no_evaluation", "of this job no predictions are kept; ask for kind=curves")
    kept = len(found.pairs.truth)
    some = f", {kept:,} of them shown" if kept < found.count else ""
    heading = _heading(job, _scores(job, found, "r2", "rmse") + some)
    return partial(Residuals, heading, found.pairs.targets, found.pairs.truth, found.pairs.predicted)


KINDS: Mapping[str, Callable[[Database, JobView], Look]] = {
    "curves": curves,
    "confusion": confusion,
    "residuals": residuals,
}


def _curves(database: Database, job: JobView, heading: Heading) -> Subject:
    columns = metrics.read(database, job.id, max_points=POINTS)
    return Curves(heading, columns, ABSENT.get(job.state, "the job ended before its first epoch had"))


def _check_task(job: JobView, task: Task, remedies: Mapping[Task, str]) -> None:
    if job.spec is not None and job.spec["task"] != task:
        raise InvalidError([Problem("?kind", "wrong_task", remedies[job.spec["task"]])])


def _evaluated(database: Database, job: JobView) -> Evaluated:
    if job.state not in TERMINAL:
        remedy = f"the job is {job.state}, and this is drawn once it has succeeded; until then ask for kind=curves"
        raise ConflictError("wrong_state", remedy)
    if job.state != "succeeded":
        raise ConflictError("wrong_state", f"the job is {job.state} and predicts nothing; ask for kind=curves")
    found = evaluations.read(database, job.id)
    if found is None:
        raise ConflictError("no_evaluation", "the job ended before evaluations were kept; train it again")
    return found


def _heading(job: JobView, text: str) -> Heading:
    named = "" if job.name == job.id else f"{job.id} · "
    return Heading(job.name, named + text)


def _scores(job: JobView, found: Evaluated, *names: str) -> str:
    scores: Mapping[str, float | None] = (job.results or {}).get(found.rows) or {}
    told = [f"{name} {value:.3g}" for name in names if (value := scores.get(name)) is not None]
    return f"{', '.join(told) or 'predictions'} on {found.count:,} {found.rows} rows"


def _label(label: Any) -> str:
    """Return a class as JSON writes it, a text without its quotes."""
    if isinstance(label, bool):
        return "true" if label else "false"
    return label if isinstance(label, str) else f"{label:.12g}"
