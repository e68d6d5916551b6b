"""The command that has a model predict for all rows of a dataset."""

from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from backprop.cli.session import Session
from backprop.client import Client

FAILED = 1
DATASET = "ds_"


@click.command()
@click.argument("ref")
@click.argument("data")
@click.option(
    "--output", "-o", required=True, type=click.Path(dir_okay=False), help="A .csv, .parquet or .ndjson file."
)
@click.option("--format", "file_format", type=click.Choice(["csv", "parquet", "ndjson"]), help="Else by the ending.")
@click.option("--include", "-i", multiple=True, help="A column of the data to carry through; may be said again.")
@click.option("--all", "has_all", is_flag=True, help="Carry all columns of the data through.")
@click.option("--labels-only", is_flag=True, help="Without the output layer's activations.")
@click.option("--lenient", is_flag=True, help="Leave rows empty that the model cannot take, and say why.")
@click.pass_obj
def score(session: Session, /, ref: str, data: str, **said: Any) -> int:
    """Have the model REF (iris, iris@3, mdl_…) predict for all rows of DATA, and write them to a file.

    DATA is a file, which is uploaded, a dataset's id (ds_…), or the name of a built-in set.
    """
    asked: dict[str, Any] = {"include": "all" if said["has_all"] else [*said["include"]]}
    asked |= {"returns": ["predictions"]} if said["labels_only"] else {}
    asked |= {"on_error": "null"} if said["lenient"] else {}
    with session.patient_client() as client:
        prediction = client.predictions.create(ref, _data(client, data), **asked)
        ended = client.predictions.wait(prediction.id)
        if ended.results is None or ended.state != "succeeded":
            why = f": {escape(ended.error.detail)}" if ended.error else ""
            session.console.print(f"{ended.id} is {ended.state}{why}")
            return FAILED
        _download(client, ended.id, said["output"], said["file_format"])
    rejected = ended.results["rejected"]
    empty = f", {rejected:,} of them empty" if rejected else ""
    session.console.print(f"{escape(said['output'])}: {ended.results['rows']:,} rows{empty}")
    return 0


def _data(client: Client, data: str) -> Any:
    if Path(data).is_file():
        return client.datasets.create(data).id
    return data if data.startswith(DATASET) else {"builtin": data}


def _download(client: Client, prediction_id: str, output: str, file_format: str | None) -> None:
    try:
        client.predictions.download(prediction_id, output, file_format=file_format)
    except OSError as error:
        raise click.FileError(output, error.strerror or str(error)) from error


COMMANDS = (score,)
