"""The course of a job: its folds' trainings, where it has any, then that of its model; to be left at any point."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backprop.datasets.shelf import Shelf
from backprop.environment import environment
from backprop.nn import Epoch, State
from backprop.spec import JobSpec, settled
from backprop.store.database import Database
from backprop.store.jobs.claims import Claim, Cursor, Outcome
from worker.folds import FoldTrainings
from worker.outcome import outcome
from worker.standing import Standing
from worker.training_run import TrainingRun, load, set_up


class Course:
    """All that is trained for one job, from where its checkpoint left it."""

    def __init__(self, db: Database, held: Claim, keep: Callable[[], object], shelf: Shelf | None = None) -> None:
        """Load the job; `keep` is called after each step that may take long, and large rows lie on the shelf.

        Raises InvalidError where the data and the spec do not go together.
        """
        self._job = load(db, held, keep, shelf)
        self._folds: FoldTrainings | None = None
        self._run: TrainingRun | None = None
        content = held.checkpoint
        if self.spec.split.folds is None:
            self._begin(None if content is None else State.from_bytes(content))
            return
        standing = Standing() if content is None else Standing.from_bytes(content)
        self._folds = FoldTrainings(self._job, standing)
        if standing.model is not None:
            self._begin(standing.model)

    @property
    def spec(self) -> JobSpec:
        """What the job asks for."""
        return self._job.spec

    @property
    def run(self) -> TrainingRun:
        """The model's own training; there is none before the folds' have ended."""
        return settled(self._run)

    @property
    def samples_seen(self) -> int:
        """Rows trained on so far, counted again in every epoch."""
        of_model = 0 if self._run is None else self._run.training.samples_seen
        return of_model + (0 if self._folds is None else self._folds.samples_seen)

    def steps(self) -> Iterator[Epoch | None]:
        """Train, and yield the records of the model's epochs, and None at safe points in between.

        Raises InvalidError for what cannot be encoded.
        """
        if self._folds is None:
            yield from self.run.training.steps()
            return
        yield from self._folds.steps()
        if self._folds.outcome is not None:
            return
        if self._run is None:
            self._begin(None)
            yield None
        training, last = self.run.training, _last_epoch(self.spec, self._folds.results)
        for epoch in training.steps():
            if training.position.epoch == last:
                training.stop("epochs")
            yield epoch

    def cursor(self, seconds: float, samples_per_second: float | None) -> Cursor:
        """Return how far it is, given the seconds it took and its speed at last."""
        before = 0 if self._folds is None else self._folds.epoch
        if self._run is None:
            batch = 0 if self._folds is None else self._folds.batch
            return Cursor(before, batch, seconds, samples_per_second)
        position = self._run.training.position
        return Cursor(before + position.epoch, position.batch, seconds, samples_per_second)

    def checkpoint(self) -> bytes:
        """Return what another worker goes on from."""
        model = None if self._run is None else self._run.training.state()
        if self._folds is None:
            return settled(model).to_bytes()
        standing = self._folds.standing()
        return Standing(standing.ended, standing.running, model).to_bytes()

    def outcome(self) -> Outcome:
        """Return how an ended job ended, with its model and results."""
        ended = self._ended()
        if ended.model is None:
            return ended
        traced = replace(ended.model, dataset_sha256=self._job.dataset_sha256, environment=environment())
        return replace(ended, model=traced)

    def _ended(self) -> Outcome:
        if self._folds is None:
            return outcome(self.run, self._job.keep)
        return self._folds.outcome or outcome(self.run, self._job.keep, self._folds.results)

    def _begin(self, state: State | None) -> None:
        self._run = set_up(self._job, state).run()


def _last_epoch(spec: JobSpec, folds: Sequence[Mapping[str, Any]]) -> int:
    """Return when to end: where held-out rows have said when folds had enough, after as many epochs in the mean."""
    stop = spec.training.stop
    if stop.patience is None or not settled(stop.monitor).startswith("validation"):
        return spec.training.epochs
    return max(1, round(float(np.mean([fold["epochs"] for fold in folds]))))
