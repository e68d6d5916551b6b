"""The commands about models."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape

from backprop.cli.figures import size
from backprop.cli.input import instances_from
from backprop.cli.session import Session, as_json, write_json
from backprop.cli.tables import differences_table, models_table, prediction_table, scores_table

FORMATS = ("safetensors", "npz", "json", "onnx")


@click.command()
@click.option("--name", help="Only versions of this model.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=TEXT", help="Only models with this tag; again for more.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@as_json
@click.pass_obj
def models(session: Session, name: str | None, tags: Sequence[str], limit: int, is_json: bool) -> None:
    """List models, the newest first."""
    with session.client() as client:
        found = list(client.models.list(name=name, tags=tags_from(tags), limit=limit))
    if is_json:
        write_json([model.document for model in found])
    elif found:
        session.console.print(models_table(found))
    else:
        session.console.print("no models; train one by: backprop train examples/iris.json --follow")


@click.command()
@click.argument("ref")
@click.argument("tags", nargs=-1, metavar="[KEY=TEXT]...")
@click.option("--note", help="What to say of it at length; an empty one removes it.")
@as_json
@click.pass_obj
def tag(session: Session, ref: str, tags: Sequence[str], note: str | None, is_json: bool) -> None:
    """Say something of the model REF: stage=production, for example; `stage=` removes that tag."""
    said = {"tags": {key: text or None for key, text in tags_from(tags).items()}}
    with session.client() as client:
        model = client.models.annotate(ref, said if note is None else {**said, "note": note or None})
    if is_json:
        write_json(model.document)
    else:
        told = " ".join(f"{key}={text}" for key, text in (model.tags or {}).items())
        session.console.print(f"{model.name}@{model.version}: {told or 'no tags'}", markup=False)


def tags_from(given: Sequence[str]) -> dict[str, str]:
    """Return tags that were given as KEY=TEXT. Raises click.UsageError."""
    pairs = [one.partition("=") for one in given]
    if not all(key and equals for key, equals, _ in pairs):
        raise click.UsageError("a tag is given as KEY=TEXT, such as stage=production")
    return {key: text for key, _, text in pairs}


@click.command()
@click.argument("left")
@click.argument("right")
@as_json
@click.pass_obj
def compare(session: Session, left: str, right: str, is_json: bool) -> None:
    """Compare the models LEFT and RIGHT: their scores, and where their specs differ."""
    with session.client() as client:
        found = client.models.compare(left, right)
    if is_json:
        write_json(found.document)
        return
    session.console.print(scores_table(found))
    if found.same_weights:
        session.console.print("the weights are the same")
    if found.spec or found.lineage:
        session.console.print(differences_table(found))


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


@click.command("export")
@click.argument("ref")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--format", "file_format", type=click.Choice(FORMATS), help="By default what FILE ends in.")
@click.pass_obj
def export(session: Session, ref: str, file: str, file_format: str | None) -> None:
    """Write the model REF (iris, iris@3, mdl_…) to FILE, or with `-` to stdout.

    As safetensors, npz or json it can be imported again; as onnx other runtimes run it, on raw rows.
    """
    chosen = file_format or Path(file).suffix.removeprefix(".")
    if chosen not in FORMATS:
        raise click.UsageError(f"say --format, one of {', '.join(FORMATS)}, or let FILE end in one")
    with session.client() as client:
        content = client.models.export(ref, chosen)
    try:
        with click.open_file(file, "wb") as opened:
            opened.write(content)
    except OSError as error:
        raise click.FileError(file, error.strerror or str(error)) from error
    if file != "-":
        session.console.print(f"{escape(file)}: {size(len(content))}")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--name", help="What to call it; by default what the file says.")
@as_json
@click.pass_obj
def import_(session: Session, file: str, name: str | None, is_json: bool) -> None:
    """Make a model of FILE: an exported one (safetensors, npz, JSON), or scikit-learn's MLP as JSON."""
    with session.client() as client:
        model = client.models.create(file, name=name)
    if is_json:
        write_json(model.document)
    else:
        session.console.print(f"{model.id}: {escape(model.name)}@{model.version}")


COMMANDS = (models, tag, compare, predict, export, import_)
