"""The commands about aliases."""

import click

from backprop.cli.session import Session, as_json, write_json
from backprop.cli.tables import aliases_table, moves_table
from backprop.client import Alias


@click.group()
def alias() -> None:
    """Name a version of a model, such as champion, and move that name."""


@alias.command("list")
@click.argument("name")
@as_json
@click.pass_obj
def list_(session: Session, name: str, is_json: bool) -> None:
    """List the aliases of the model NAME."""
    with session.client() as client:
        found = client.models.aliases.list(name)
    if is_json:
        write_json([one.document for one in found])
    elif found:
        session.console.print(aliases_table(found))
    else:
        session.console.print(f"no aliases; make one by: backprop alias set {name} champion 1")


@alias.command("set")
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
@click.argument("version", type=click.IntRange(1))
@as_json
@click.pass_obj
def set_(session: Session, name: str, alias_name: str, version: int, is_json: bool) -> None:
    """Point ALIAS of the model NAME at VERSION, and make it where there is none."""
    with session.client() as client:
        _tell(session, client.models.aliases.set(name, alias_name, version), is_json=is_json)


@alias.command()
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
@as_json
@click.pass_obj
def rollback(session: Session, name: str, alias_name: str, is_json: bool) -> None:
    """Point ALIAS of the model NAME at the version that it pointed at before."""
    with session.client() as client:
        _tell(session, client.models.aliases.rollback(name, alias_name), is_json=is_json)


@alias.command()
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@as_json
@click.pass_obj
def history(session: Session, name: str, alias_name: str, limit: int, is_json: bool) -> None:
    """List the moves of ALIAS of the model NAME, the newest first."""
    with session.client() as client:
        found = list(client.models.aliases.history(name, alias_name, limit=limit))
    if is_json:
        write_json([move.document for move in found])
    else:
        session.console.print(moves_table(found))


@alias.command()
@click.argument("name")
@click.argument("alias_name", metavar="ALIAS")
@click.pass_obj
def delete(session: Session, name: str, alias_name: str) -> None:
    """Delete ALIAS of the model NAME; its version stays."""
    with session.client() as client:
        client.models.aliases.delete(name, alias_name)
    session.console.print(f"{name}@{alias_name} is deleted")


def _tell(session: Session, moved: Alias, *, is_json: bool) -> None:
    if is_json:
        write_json(moved.document)
    else:
        session.console.print(f"{moved.name}@{moved.alias} is {moved.name}@{moved.version}")


COMMANDS = (alias,)
