"""A submission: a job as it came, with its data at hand, completed, admitted, and ready to be stored."""

from backprop.admission import admit, estimate
from backprop.data import Table, load, table_of
from backprop.defaults import check_rows, examine
from backprop.errors import InvalidError, NotFoundError, Problem
from backprop.schemas import JobBody, dump_spec
from backprop.spec import DataSpec, settled
from backprop.store import datasets
from backprop.store.datasets import NewDataset
from backprop.store.jobs.submissions import Submission
from backprop.trained import start_of
from service.parts import OWNER, Parts


def submission_of(body: JobBody, key: str | None, parts: Parts, **told: str) -> Submission:
    """Return what the store is asked to keep. Raises InvalidError for all that cannot work with the job's data."""
    table = body.inline.table if body.inline is not None else table_of_data(body.spec.data, parts)
    ref = body.spec.network.start_from
    completed = examine(body.spec, table, None if ref is None else start_of(parts.database, OWNER, ref))
    admit(estimate(completed, table, parts.settings.max_shelf_bytes), parts.settings)
    check_rows(completed, table)
    spec = completed.spec
    return Submission(
        spec=dump_spec(spec),
        epochs=spec.epochs,
        name=spec.name,
        priority=spec.priority,
        metadata=dict(spec.metadata),
        dataset=None if body.inline is None else _dataset(table),
        idempotency_key=key,
        told=told,
        asked=None if ref is None else dump_spec(body.spec),
    )


def table_of_data(data: DataSpec, parts: Parts) -> Table:
    """Return the rows that a job names. Raises InvalidError, at `#/data`, where there are none."""
    if data.builtin is not None:
        return load(data.builtin)
    dataset_id = settled(data.dataset)
    try:
        return table_of(datasets.content(parts.database, OWNER, dataset_id))
    except NotFoundError as error:
        raise InvalidError(
            [Problem("#/data/dataset", "unknown_dataset", f"there is no dataset {dataset_id!r}")]
        ) from error


def _dataset(table: Table) -> NewDataset:
    columns = [{"name": column.name, "kind": column.kind} for column in table.columns]
    return NewDataset(table.to_bytes(), table.sha256, {"rows": table.rows, "columns": columns})
