"""Following: a job's progress, a live bar in a terminal and a line now and then elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Display

from backprop.cli.figures import number
from backprop.client import Change, Client, Job, Metrics, Progress

LINES = 10  # a job, where there is no bar
TOLD = {
    "crashed": "a worker was lost; another one goes on from the last checkpoint",
    "checkpoint_damaged": "the last checkpoint was damaged; training goes on from one before it",
    "paused": "paused; it goes on when it is resumed",
}


class Shown(Protocol):
    """Where a job's progress is shown."""

    def show(self, progress: Progress, loss: float | None) -> None:
        """Show how far the job is, and its last epoch's loss where there is one yet."""

    def tell(self, sentence: str) -> None:
        """Tell what has happened to the job."""


class Bar:
    """A live bar."""

    def __init__(self, display: Display, name: str) -> None:
        self._display = display
        self._task = display.add_task(name, total=None, epochs="", loss="")

    def show(self, progress: Progress, loss: float | None) -> None:
        """Move the bar."""
        self._display.update(
            self._task,
            completed=progress.epoch,
            total=progress.epoch if progress.state == "succeeded" else progress.epochs,  # it may have stopped early
            epochs=f"{progress.epoch:,}/{progress.epochs:,}" if progress.state != "queued" else "queued",
            loss="" if loss is None else f"loss {number(loss)}",
        )

    def tell(self, sentence: str) -> None:
        """Write a line above the bar."""
        self._display.console.print(sentence)


class Lines:
    """A line each tenth of the way."""

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._told = 0

    def show(self, progress: Progress, loss: float | None) -> None:
        """Write a line where the job has come far enough since the last one."""
        tenth = LINES * progress.epoch // max(progress.epochs, 1)
        if tenth > self._told:
            self._told = tenth
            figure = "" if loss is None else f", loss {number(loss)}"
            self.tell(f"epoch {progress.epoch:,} of {progress.epochs:,}{figure}")

    def tell(self, sentence: str) -> None:
        """Write a line."""
        self._console.print(f"{self._name}: {sentence}", markup=False)


@contextmanager
def shown(console: Console, name: str) -> Iterator[Shown]:
    """Give a bar in a terminal, and lines elsewhere."""
    if not console.is_terminal:
        yield Lines(console, name)
        return
    columns = (
        TextColumn("[bold]{task.description}", markup=True),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[epochs]}"),
        TextColumn("[cyan]{task.fields[loss]}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
    )
    with Display(*columns, console=console, expand=True) as display:
        yield Bar(display, name)


def follow(client: Client, job: Job, console: Console) -> Job:
    """Show a job's progress until it has ended, and return it as it is then."""
    loss: float | None = None
    with shown(console, job.name) as view:
        for event in client.jobs.events(job.id):
            match event.data:
                case Metrics(loss=losses):
                    loss = losses[-1]
                case Progress() as progress:
                    view.show(progress, loss)
                case Change(kind=kind) if kind in TOLD:
                    view.tell(TOLD[kind])
    return client.jobs.get(job.id)
