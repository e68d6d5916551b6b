"""The trainings of a job's folds, several side by side where that pays, each with its held-out rows for validation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backprop import data
from backprop.assembly import side_by_side
from backprop.nn import Stack, State
from backprop.store.jobs.claims import Outcome
from worker.outcome import diverged
from worker.standing import Standing
from worker.training_run import LoadedJob, Setup, TrainingRun, set_up_fold


@dataclass(frozen=True, eq=False)
class Group:
    """Folds that are trained at once, by their places: one alone, or several as a stack."""

    runs: Mapping[int, TrainingRun]
    stack: Stack | None = None

    @property
    def batch(self) -> int:
        """How many batches of its epoch are done."""
        if self.stack is not None:
            return self.stack.position.batch
        return next(iter(self.runs.values())).training.position.batch

    def steps(self) -> Iterator[object]:
        """Train, and yield at safe points; an epoch has one at its end."""
        if self.stack is not None:
            return self.stack.steps()
        return next(iter(self.runs.values())).training.steps()

    def states(self) -> dict[int, State]:
        """Return where each fold stands; one alone goes on from there, too."""
        if self.stack is None:
            return {place: run.training.state() for place, run in self.runs.items()}
        return dict(zip(self.runs, self.stack.states(), strict=True))


class FoldTrainings:
    """The trainings of a job's folds, from where its checkpoint left them.

    `outcome` is None, unless a fold's training fails, and so the job.
    """

    outcome: Outcome | None = None

    def __init__(self, job: LoadedJob, standing: Standing) -> None:
        """Raise InvalidError where the data and the spec do not go together."""
        self._job = job
        self._folds = data.folds_of(job.table, job.spec, data.parts_of(job.table, job.spec))
        self._ended = dict(standing.ended)
        self._left = standing.running
        self._group: Group | None = None
        self._samples_before = 0

    @property
    def epoch(self) -> int:
        """How many epochs are done, of all folds; one that has ended has done all of its own."""
        running = self._running()
        return len(self._ended) * self._job.spec.training.epochs + sum(run.training.position.epoch for run in running)

    @property
    def batch(self) -> int:
        """How many batches are done of the epoch that is being trained."""
        return 0 if self._group is None else self._group.batch

    @property
    def samples_seen(self) -> int:
        """Rows trained on in this process, counted again in every epoch."""
        return self._samples_before + sum(run.training.samples_seen for run in self._runs())

    @property
    def results(self) -> list[dict[str, Any]]:
        """What the folds that have ended came to, in their order."""
        return [self._ended[place] for place in sorted(self._ended)]

    def standing(self) -> Standing:
        """Return what there is to go on from."""
        states = self._left if self._group is None else self._group.states()
        running = {place: state for place, state in states.items() if place not in self._ended}
        return Standing(dict(self._ended), running)

    def steps(self) -> Iterator[None]:
        """Train every fold to its end, or until one has failed, and yield at safe points.

        Raises InvalidError for what of a fold cannot be encoded.
        """
        while len(self._ended) < len(self._folds):
            self._group = self._next_group()
            self._left = {}
            for _ in self._group.steps():
                if not self._goes_on(self._group):
                    return
                yield None
            self._samples_before = self.samples_seen
            self._group = None

    def _next_group(self) -> Group:
        if self._left:
            return _group_of({place: self._set_up(place, state) for place, state in self._left.items()})
        sizes = {place: len(fold.train) for place, fold in enumerate(self._folds) if place not in self._ended}
        first = min(sizes, key=lambda place: (sizes[place], place))
        alike = [place for place, size in sizes.items() if size == sizes[first]]
        setups = {first: self._set_up(first)}
        network, rows = setups[first].network, sizes[first] + len(self._folds[first].validation)
        for place in alike[1 : side_by_side(network, setups[first].recipe, rows, len(alike))]:
            setup = self._set_up(place)
            if setup.network == network:  # its encoding may have another number of inputs
                setups[place] = setup
        return _group_of(setups)

    def _set_up(self, place: int, state: State | None = None) -> Setup:
        return set_up_fold(self._job, self._folds[place], state)

    def _goes_on(self, group: Group) -> bool:
        """Take in what the folds came to that have just ended; return whether none of them has failed."""
        for place, run in group.runs.items():
            reason = run.training.stop_reason
            if reason == "diverged":
                self.outcome = diverged(run, f"in fold {place + 1} ")
                return False
            if reason is not None and place not in self._ended:
                self._ended[place] = self._result(place, run)
        return True

    def _result(self, place: int, run: TrainingRun) -> dict[str, Any]:
        training, predictor = run.training, run.predictor()
        result: dict[str, Any] = {"fold": place + 1, "epochs": training.kept_epoch, "stop_reason": training.stop_reason}
        for name in ("train", "validation"):
            part = getattr(run.prepared, name)
            result[name] = run.results(part, predictor.outputs(part.x))
            self._job.keep()
        return result

    def _runs(self) -> list[TrainingRun]:
        return [] if self._group is None else [*self._group.runs.values()]

    def _running(self) -> list[TrainingRun]:
        return [run for run in self._runs() if run.training.stop_reason is None]


def _group_of(setups: Mapping[int, Setup]) -> Group:
    if len(setups) == 1:
        return Group({place: setup.run() for place, setup in setups.items()})
    each = [*setups.values()]
    stack = Stack(
        each[0].network,
        [setup.recipe for setup in each],
        [setup.train for setup in each],
        [setup.validation for setup in each if setup.validation is not None],
        [setup.state for setup in each],
    )
    runs = {place: setups[place].run(training) for place, training in zip(setups, stack.trainings, strict=True)}
    return Group(runs, stack)
