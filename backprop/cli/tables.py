"""Tables: jobs, models and predictions as a terminal shows them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from backprop.cli.figures import age, number, score, scores, sparkline, spreads
from backprop.client import Alias, AliasMove, Comparison, Job, Metrics, Model, Prediction

COLOURS = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "running": "cyan", "paused": "yellow"}
PARTS = ("train", "validation", "test")
FIGURES = ("loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate")


def plain_table(*columns: str) -> Table:
    """Return a table without lines; the first column is never cut."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, no_wrap=True, overflow="ellipsis" if position else "ignore")
    return table


def state(job: Job) -> str:
    """Return a job's state in its colour, with what is asked of it."""
    asked = f" ({job.requested} requested)" if job.requested else ""
    colour = COLOURS.get(job.state, "default")
    return f"[{colour}]{job.state}{asked}[/]"


def epochs(job: Job) -> str:
    """Return how far a job is."""
    return f"{job.progress.epoch:,} of {job.progress.epochs:,}"


def jobs_table(jobs: Iterable[Job]) -> Table:
    """Return jobs, a line each."""
    table = plain_table("job", "name", "state", "epochs", "created")
    now = datetime.now(UTC)
    for job in jobs:
        table.add_row(job.id, escape(job.name), state(job), f"{job.progress.percent:.0f} %", age(job.created_at, now))
    return table


def models_table(models: Iterable[Model]) -> Table:
    """Return models, a line each."""
    table = plain_table("model", "aliases", "scores", "created")
    now = datetime.now(UTC)
    for model in models:
        named = f"{escape(model.name)}@{model.version}"
        table.add_row(named, ", ".join(model.aliases or ()), scores(model.metrics), age(model.created_at, now))
    return table


def scores_table(found: Comparison) -> Table:
    """Return each figure of two models, and the difference, a line each."""
    table = plain_table("rows", "figure", *_sides(found), "difference")
    for part, figures in found.metrics.items():
        for name, sides in figures.items():
            if "difference" in sides:
                table.add_row(part, name, *(score(name, sides[side]) for side in ("left", "right", "difference")))
    return table


def differences_table(found: Comparison) -> Table:
    """Return what else differs between two models, a line each."""
    table = plain_table("differs", *_sides(found))
    for entry in (*found.spec, *found.lineage):
        sides = (escape(json.dumps(entry[side])) if side in entry else "" for side in ("left", "right"))
        table.add_row(escape(entry.get("pointer") or entry["name"]), *sides)
    return table


def _sides(found: Comparison) -> Iterable[str]:
    return (f"{escape(one.name)}@{one.version}" for one in (found.left, found.right))


def aliases_table(aliases: Iterable[Alias]) -> Table:
    """Return aliases, a line each."""
    table = plain_table("alias", "version", "moved")
    now = datetime.now(UTC)
    for alias in aliases:
        table.add_row(escape(alias.alias), str(alias.version), age(alias.moved_at, now))
    return table


def moves_table(moves: Iterable[AliasMove]) -> Table:
    """Return moves of an alias, a line each."""
    table = plain_table("move", "kind", "from", "to", "when", "by")
    now = datetime.now(UTC)
    for move in moves:
        ends = (str(version or "-") for version in (move.from_version, move.to_version))
        table.add_row(str(move.number), move.kind.replace("_", " "), *ends, age(move.at, now), escape(move.by))
    return table


def job_details(job: Job, metrics: Metrics) -> RenderableType:
    """Return all that is worth knowing of a job."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _facts(job, metrics):
        table.add_row(name, text)
    return Group(table, "", results_table(job)) if job.results else table


def _facts(job: Job, metrics: Metrics) -> Iterable[tuple[str, str]]:
    yield "job", job.id
    yield "name", escape(job.name)
    yield "state", state(job) + (f", {job.stop_reason}" if job.stop_reason else "")
    if job.waiting_for:
        yield (
            "waits for",
            "a worker" if job.waiting_for == "worker" else f"its turn, {job.progress.queue_position} ahead",
        )
    yield "epochs", epochs(job)
    if metrics.epoch:
        yield "loss", loss_course(metrics)
    if job.model:
        yield "model", f"{escape(job.model.name)}@{job.model.version}"
    if job.reproduces:
        yield "reproduces", f"{job.reproduces}: {(job.reproduction or 'not yet').replace('_', ' ')}"
    if job.error:
        yield "error", f"[red]{escape(job.error.detail)}[/]"
    yield "created", f"{job.created_at:%Y-%m-%d %H:%M:%S} UTC"
    if job.started_at and job.ended_at:
        yield "took", f"{(job.ended_at - job.started_at).total_seconds():.1f} s"


def loss_course(metrics: Metrics) -> str:
    """Return the loss from the first epoch to the last, and its curve."""
    return f"{number(metrics.loss[0])} → {number(metrics.loss[-1])}  [cyan]{sparkline(metrics.loss)}[/]"


def results_table(job: Job) -> Table:
    """Return a job's loss and scores, a line for each part of the data, and one for all folds."""
    parts = {part: found for part in PARTS if (found := (job.results or {}).get(part))}
    names = list(dict.fromkeys(name for found in parts.values() for name in found))
    table = plain_table("rows", *names)
    for part, found in parts.items():
        table.add_row(part, *(score(name, found.get(name)) for name in names))
    if job.cross_validation:
        shown = spreads(job.cross_validation.document)
        table.add_row("folds", *(shown.get(name, "") for name in names))
    return table


def metrics_table(metrics: Metrics) -> Table:
    """Return a line an epoch."""
    known = {name: getattr(metrics, name) for name in FIGURES if getattr(metrics, name) is not None}
    table = plain_table("epoch", *(name.replace("_", " ") for name in known))
    for position, epoch in enumerate(metrics.epoch):
        table.add_row(f"{epoch:,}", *(number(column[position]) for column in known.values()))
    return table


def prediction_table(prediction: Prediction) -> Table:
    """Return a line an instance: what is predicted and, for classes and labels, each one's output."""
    classes = [str(label) for label in prediction.classes or ()]
    rows = prediction.outputs if classes and prediction.outputs else [()] * len(prediction.predictions)
    table = plain_table("prediction", *map(escape, classes if prediction.outputs else ()))
    for predicted, outputs in zip(prediction.predictions, rows, strict=True):
        table.add_row(escape(str(predicted)), *(f"{output:.3f}" for output in outputs))
    return table
