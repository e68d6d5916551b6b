"""The commands about datasets."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from backprop.cli.figures import age, number, size
from backprop.cli.session import Session, as_json, write_json
from backprop.cli.tables import plain_table
from backprop.client import Dataset


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--name", help="What to call it.")
@click.option("--delimiter", help="Of a CSV file, where it should not be found out; likewise the following.")
@click.option("--encoding", help="Such as utf-8 or cp1252.")
@click.option("--header/--no-header", default=None, help="Whether the first row names the columns.")
@click.option("--missing", multiple=True, help="A text that stands for a missing value; may be said again.")
@click.option("--text", multiple=True, help="A column whose cells are texts, such as post codes; may be said again.")
@as_json
@click.pass_obj
def upload(session: Session, /, file: str, name: str | None, is_json: bool, **said: Any) -> None:
    """Upload FILE (CSV, Parquet, Arrow, npz, JSON or JSON lines) to train on, and show what is in it."""
    given = {key: value for key, value in said.items() if value not in (None, ())}
    with session.patient_client() as client:
        dataset = client.datasets.create(file, name=name, **given)
    if is_json:
        write_json(dataset.document)
        return
    session.console.print(f"{dataset.id}: {dataset.rows:,} rows, {len(dataset.columns):,} columns")
    session.console.print(columns_table(dataset.columns))


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@as_json
@click.pass_obj
def datasets(session: Session, limit: int, is_json: bool) -> None:
    """List the datasets that were uploaded, the newest first."""
    with session.client() as client:
        found = list(client.datasets.list(limit=limit))
    if is_json:
        write_json([dataset.document for dataset in found])
    elif found:
        session.console.print(datasets_table(found))
    else:
        session.console.print("no datasets; upload one by: backprop upload FILE")


def datasets_table(found: Iterable[Dataset]) -> Table:
    """Return datasets, a line each."""
    table = plain_table("dataset", "name", "rows", "columns", "size", "created")
    now = datetime.now(UTC)
    for dataset in found:
        facts = (f"{dataset.rows:,}", f"{len(dataset.columns):,}", size(dataset.bytes), age(dataset.created_at, now))
        table.add_row(dataset.id, escape(dataset.name or "-"), *facts)
    return table


def columns_table(columns: Iterable[Mapping[str, Any]]) -> Table:
    """Return columns, a line each: what they are, how many values they lack, and where the others lie."""
    table = plain_table("column", "kind", "missing", "values", "notes")
    for column in columns:
        facts = (column["kind"], f"{column['missing']:,}", escape(_values(column)), ", ".join(column["notes"]))
        table.add_row(escape(column["name"]), *facts)
    return table


def _values(column: Mapping[str, Any]) -> str:
    if "top" in column:
        return ", ".join(f"{entry['value']} ({entry['count']:,})" for entry in column["top"][:3])
    if "mean" in column:
        return f"{number(column['min'])} to {number(column['max'])}, mean {number(column['mean'])}"
    return f"{column['min']} to {column['max']}" if "min" in column else ""


COMMANDS = (upload, datasets)
