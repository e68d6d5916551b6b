"""`make demo`: one job, trained before the reader's eyes, on the service that runs or on one started for the while."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.rule import Rule
from rich.table import Table

from backprop.cli.figures import score
from backprop.cli.following import follow
from backprop.cli.input import json_from
from backprop.cli.program import reporting
from backprop.cli.session import Session, session_from
from backprop.cli.tables import loss_course, prediction_table
from backprop.client import Client, Job, UnreachableError

START_SECONDS = 60
STOP_SECONDS = 30
LOOK_SECONDS = 0.1
CURVE_POINTS = 200
FLOWER = [5.1, 3.5, 1.4, 0.2]


def main(example: str, environ: Mapping[str, str]) -> int:
    """Train the job in the file `example`, and return the exit status."""
    return reporting(lambda: _demo(example, environ))


def _demo(example: str, environ: Mapping[str, str]) -> int:
    session, document = session_from(environ), json_from(example)
    with session.patient_client() as client, _service(session, client, environ) as is_ours:
        job = _train(session, client, document, example)
        if job.state != "succeeded":
            session.console.print(f"the job is {job.state}{': ' + escape(job.error.detail) if job.error else ''}")
            return 1
        _report(session, client, job)
        _point_on(session, job, is_ours)
    return 0


@contextmanager
def _service(session: Session, client: Client, environ: Mapping[str, str]) -> Iterator[bool]:
    """See that a service with a worker answers; give whether it is one of ours, which then stops again."""
    try:
        client.health()
    except UnreachableError:
        if environ.get("BACKPROP_URL"):
            raise
    else:
        yield False
        return
    session.console.print(f"no service at {session.url}: starting one, as [bold]make run[/] does")
    with tempfile.TemporaryFile() as said:
        program = subprocess.Popen(
            [sys.executable, "-m", "backprop"], stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            with session.console.status("a few seconds"):
                _await_worker(client, program, said)
            yield True
        finally:
            program.send_signal(signal.SIGINT)
            program.wait(STOP_SECONDS)


def _await_worker(client: Client, program: subprocess.Popen[bytes], said: Any) -> None:
    """Return once a worker is there. Raises click.ClickException, with the program's last words, where none comes."""
    late = time.monotonic() + START_SECONDS
    while not _has_worker(client):
        if program.poll() is not None or time.monotonic() > late:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise click.ClickException(f"the service does not start: {last.removeprefix('error: ')}")
        time.sleep(LOOK_SECONDS)


def _has_worker(client: Client) -> bool:
    try:
        return bool(client.health().workers)
    except UnreachableError:
        return False


def _train(session: Session, client: Client, document: Any, example: str) -> Job:
    job = client.jobs.create(document)
    _head(session, job.name)
    session.console.print(f"{Path(example).name}: {_described(job.spec or {})}")
    return follow(client, job, session.console)


def _described(spec: Mapping[str, Any]) -> str:
    """Return in a line what is trained."""
    hidden = "-".join(str(layer["units"]) for layer in spec["network"]["hidden"])
    training = spec["training"]
    return (
        f"{len(spec['features'])} features, hidden {hidden}, {training['loss']} loss, "
        f"{training['optimizer']['name']} {training['optimizer']['learning_rate']}, {training['epochs']:,} epochs"
    )


def _report(session: Session, client: Client, job: Job) -> None:
    write = session.console.print
    write(f"loss      {loss_course(client.jobs.metrics(job.id, max_points=CURVE_POINTS))}")
    test = (job.results or {}).get("test") or {}
    accuracy = score("accuracy", test.get("accuracy"))
    write(f"accuracy  [bold green]{accuracy}[/] on the rows that were kept back to test it")
    _head(session, f"what is {FLOWER}?")
    assert job.model is not None  # noqa: S101  a job that succeeded has made one
    write(prediction_table(client.models.predict(job.model.id, [FLOWER])))


def _point_on(session: Session, job: Job, is_ours: bool) -> None:
    """Say where to look next."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ignore")
    if is_ours:
        table.add_row("the service again", "make run   [dim](this one stops now)[/]")
    table.add_row("the job", f".venv/bin/backprop show {job.id}")
    table.add_row(
        "another flower", f".venv/bin/backprop predict {escape(job.name)} '{escape('[[6.7, 3.1, 5.6, 2.4]]')}'"
    )
    table.add_row("handwriting", ".venv/bin/backprop train examples/digits.json --follow")
    table.add_row("the whole API", f"{session.url}/docs")
    _head(session, "next")
    session.console.print(table)


def _head(session: Session, title: str) -> None:
    session.console.print()
    session.console.print(Rule(f"[bold]{escape(title)}[/]", align="left", style="dim"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
