"""The program: its commands, and how each of them ends."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import click

from backprop.cli import alias_commands, dataset_commands, job_commands, model_commands, score_commands, train_commands
from backprop.cli.session import Session, session_from
from backprop.client import (
    AddressError,
    ClientError,
    RefusedError,
    ServiceFailedError,
    UnavailableError,
)

REFUSED, NO_SERVICE, INTERRUPTED = 2, 3, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", help="The service's address; by default BACKPROP_URL, else that of `make run`.")
@click.pass_context
def program(context: click.Context, url: str | None) -> None:
    """Train networks by backpropagation on a service, watch them learn, and ask them for predictions.

    An API key is read from BACKPROP_API_KEY. Exit status: 0; 1 for a job that was followed and did not succeed; 2 for
    what cannot be done as it was asked; 3 where no service answers.
    """
    if url is not None:
        context.obj = replace(context.ensure_object(Session), url=url)


SUBJECTS = (train_commands, job_commands, model_commands, score_commands, alias_commands, dataset_commands)
for command in (command for subject in SUBJECTS for command in subject.COMMANDS):
    program.add_command(command)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command and return the exit status; whatever is wrong is one line on stderr."""
    return reporting(lambda: _run(arguments, environ))


def _run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        status = program.main([*arguments], "backprop", standalone_mode=False, obj=session_from(environ))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return REFUSED
    sys.stdout.flush()  # while a broken pipe can still be caught
    return int(status or 0)


def reporting(command: Callable[[], int]) -> int:
    """Return a command's exit status; an error is written in one line on stderr, and makes the status."""
    try:
        return command()
    except click.ClickException as error:
        return _fail(error.format_message(), REFUSED)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except ClientError as error:
        return _fail(str(error), _status(error))
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _status(error: ClientError) -> int:
    is_theirs = not isinstance(error, RefusedError | AddressError)
    return NO_SERVICE if is_theirs or isinstance(error, ServiceFailedError | UnavailableError) else REFUSED


def _fail(message: str, status: int) -> int:
    click.echo(f"error: {' '.join(message.split())}", err=True)
    return status
