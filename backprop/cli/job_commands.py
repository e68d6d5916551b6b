"""The commands about jobs that have been submitted."""

import csv
import sys
from collections.abc import Sequence

import click

from backprop.cli.session import Session, as_json, write_json
from backprop.cli.tables import job_details, jobs_table, metrics_table, state
from backprop.client import ENDED, Job, Metrics

CURVE_POINTS = 200
TABLE_POINTS = 20
MOST_POINTS = 10_000
STATES = ("queued", "running", "paused", *sorted(ENDED))


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--name", help="Only jobs of this name.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most so many.")
@as_json
@click.pass_obj
def jobs(session: Session, states: Sequence[str], name: str | None, limit: int, is_json: bool) -> None:
    """List jobs, the newest first."""
    with session.client() as client:
        found = list(client.jobs.list(state=states, name=name, limit=limit))
    if is_json:
        write_json([job.document for job in found])
    elif found:
        session.console.print(jobs_table(found))
    else:
        session.console.print("no jobs; submit one by: backprop train examples/iris.json --follow")


@click.command()
@click.argument("job_id")
@as_json
@click.pass_obj
def show(session: Session, job_id: str, is_json: bool) -> None:
    """Show a job."""
    with session.client() as client:
        job = client.jobs.get(job_id)
        if is_json:
            write_json(job.document)
        else:
            session.console.print(job_details(job, client.jobs.metrics(job_id, max_points=CURVE_POINTS)))


@click.command()
@click.argument("job_id")
@click.option("--csv", "is_csv", is_flag=True, help="Write comma-separated values.")
@click.option("--points", type=click.IntRange(2, MOST_POINTS), help="Thin the epochs out to so many.")
@as_json
@click.pass_obj
def metrics(session: Session, job_id: str, is_csv: bool, points: int | None, is_json: bool) -> None:
    """Show the loss and the other figures of a job's epochs."""
    default = MOST_POINTS if is_csv or is_json else TABLE_POINTS
    with session.client() as client:
        found = client.jobs.metrics(job_id, max_points=points or default)
    if is_json:
        write_json(found.document)
    elif is_csv:
        write_csv(found)
    else:
        session.console.print(metrics_table(found))


def write_csv(found: Metrics) -> None:
    """Write metrics to stdout, a line an epoch, with an empty field for a figure that is not there."""
    columns = {name: values for name, values in found.document.items() if isinstance(values, list)}
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))


@click.command()
@click.argument("job_id")
@as_json
@click.pass_obj
def cancel(session: Session, job_id: str, is_json: bool) -> None:
    """Cancel a job; a running one stops at its next batch."""
    with session.client() as client:
        _write(session, client.jobs.cancel(job_id), is_json)


@click.command()
@click.argument("job_id")
@as_json
@click.pass_obj
def pause(session: Session, job_id: str, is_json: bool) -> None:
    """Pause a job; a running one saves its state first."""
    with session.client() as client:
        _write(session, client.jobs.pause(job_id), is_json)


@click.command()
@click.argument("job_id")
@as_json
@click.pass_obj
def resume(session: Session, job_id: str, is_json: bool) -> None:
    """Resume a paused job."""
    with session.client() as client:
        _write(session, client.jobs.resume(job_id), is_json)


def _write(session: Session, job: Job, is_json: bool) -> None:
    if is_json:
        write_json(job.document)
    else:
        session.console.print(f"{job.id} is {state(job)}")


COMMANDS = (jobs, show, metrics, cancel, pause, resume)
