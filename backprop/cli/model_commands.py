"""The commands about models."""

import click
from rich.markup import escape

from backprop.cli.input import instances_from
from backprop.cli.session import Session, as_json, write_json
from backprop.cli.tables import models_table, prediction_table


@click.command()
@click.option("--name", help="Only versions of this model.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@as_json
@click.pass_obj
def models(session: Session, name: str | None, limit: int, is_json: bool) -> None:
    """List models, the newest first."""
    with session.client() as client:
        found = list(client.models.list(name=name, limit=limit))
    if is_json:
        write_json([model.document for model in found])
    elif found:
        session.console.print(models_table(found))
    else:
        session.console.print("no models; train one by: backprop train examples/iris.json --follow")


@click.command()
@click.argument("ref")
@click.argument("instances")
@as_json
@click.pass_obj
def predict(session: Session, ref: str, instances: str, is_json: bool) -> None:
    """Ask the model REF (iris, iris@3, mdl_…) what it makes of INSTANCES.

    These are rows or records in JSON, '[[5.1, 3.5, 1.4, 0.2]]' for example, the name of a file that holds them, or `-`
    for stdin.
    """
    given = instances_from(instances)
    with session.client() as client:
        prediction = client.models.predict(ref, given)
    if is_json:
        write_json(prediction.document)
    else:
        session.console.print(prediction_table(prediction))
        for warning in prediction.warnings or ():
            session.console.print(f"warning: {escape(warning['pointer'])}: {escape(warning['detail'])}")


COMMANDS = (models, predict)
