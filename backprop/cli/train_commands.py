"""The commands that train: a job submitted, and followed to its end."""

import click
from rich.markup import escape

from backprop.cli.following import follow
from backprop.cli.input import json_from
from backprop.cli.session import Session, as_json, write_json
from backprop.cli.tables import epochs, loss_course, results_table, state
from backprop.client import Client, Job

FAILED, INTERRUPTED = 1, 130
CURVE_POINTS = 200
EXPECTED = (None, "epochs", "cancelled", "diverged")  # the last two: the state and the error say it


@click.command()
@click.argument("job")
@click.option("--follow", "-f", "is_followed", is_flag=True, help="Show the progress until the job has ended.")
@as_json
@click.pass_obj
def train(session: Session, job: str, is_followed: bool, is_json: bool) -> int:
    """Submit the job that a JSON file holds; `-` reads it from stdin."""
    document = json_from(job)
    with session.client() as client:
        submitted = client.jobs.create(document)
    return _begun(session, submitted, is_followed=is_followed, is_json=is_json)


@click.command()
@click.argument("ref")
@click.option("--follow", "-f", "is_followed", is_flag=True, help="Show the progress until the job has ended.")
@as_json
@click.pass_obj
def reproduce(session: Session, ref: str, is_followed: bool, is_json: bool) -> int:
    """Train the model REF once more, and see whether the same weights come out."""
    with session.client() as client:
        submitted = client.models.reproduce(ref)
    return _begun(session, submitted, is_followed=is_followed, is_json=is_json)


def _begun(session: Session, submitted: Job, *, is_followed: bool, is_json: bool) -> int:
    if is_followed:
        return _follow(session, submitted, is_json)
    if is_json:
        write_json(submitted.document)
    else:
        session.console.print(f"{submitted.id} is {submitted.state}; see it by: backprop follow {submitted.id}")
    return 0


@click.command("follow")
@click.argument("job_id")
@as_json
@click.pass_obj
def follow_command(session: Session, job_id: str, is_json: bool) -> int:
    """Show a job's progress until it has ended."""
    with session.client() as client:
        job = client.jobs.get(job_id)
    return _follow(session, job, is_json)


def _follow(session: Session, job: Job, is_json: bool) -> int:
    with session.patient_client() as client:
        try:
            job = client.jobs.wait(job.id) if is_json else follow(client, job, session.console)
        except KeyboardInterrupt:
            click.echo(f"{job.id} goes on; see it by: backprop follow {job.id}", err=True)
            return INTERRUPTED
        if is_json:
            write_json(job.document)
        else:
            print_end(session, client, job)
    return 0 if job.state == "succeeded" else FAILED


def print_end(session: Session, client: Client, job: Job) -> None:
    """Write how a job has ended: its loss from first to last, its scores, and its model or what went wrong."""
    found = client.jobs.metrics(job.id, max_points=CURVE_POINTS)
    made = f" as [bold]{escape(job.model.name)}@{job.model.version}[/]" if job.model else ""
    if job.reproduction:
        made = f", weights: [bold]{job.reproduction.replace('_', ' ')}[/]"
    why = f": {escape(job.error.detail)}" if job.error else ""
    how = "converged" if job.stop_reason == "converged" else f"stopped by {job.stop_reason}"
    early = "" if job.stop_reason in EXPECTED else f", {how} after {epochs(job)} epochs"
    session.console.print(f"{state(job)}{made}{early}{why}, {job.id}")
    if found.epoch:
        session.console.print(f"loss {loss_course(found)}")
    if job.results:
        session.console.print(results_table(job))


COMMANDS = (train, reproduce, follow_command)
