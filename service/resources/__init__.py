"""One module a resource: its addresses, and views that load, make one call, and dump."""

from collections.abc import Sequence

from service.dialects import mlflow, open_inference, tensorflow
from service.parsing import Resource
from service.resources import (
    aliases,
    comparisons,
    course,
    datasets,
    health,
    imports,
    jobs,
    models,
    monitoring,
    parts,
    plots,
    predictions,
    reproductions,
    scoring,
    workers,
)

RESOURCES: Sequence[Resource] = (
    jobs.blueprint,
    course.blueprint,
    parts.blueprint,
    plots.blueprint,
    models.blueprint,
    imports.blueprint,
    predictions.blueprint,
    aliases.blueprint,
    comparisons.blueprint,
    reproductions.blueprint,
    scoring.blueprint,
    open_inference.blueprint,
    mlflow.blueprint,
    tensorflow.blueprint,
    datasets.blueprint,
    workers.blueprint,
    health.blueprint,
    monitoring.blueprint,
)
