"""Measurement: the metrics that a job asks for by name, of epochs evenly chosen, at a bounded share of the time."""

from collections.abc import Callable, Mapping

from backprop.metrics import is_due
from backprop.nn import Epoch, Predictor
from worker.training_run import TrainingRun

SECONDS = 2.0  # that measuring may take in any case
SHARE = 0.5  # of a slice's time; who asks for metrics can wait as long again as for the training itself

Figures = Mapping[str, float | None]
NONE: Figures = {}


class Measurement:
    """What a run's network makes of its training and validation rows after an epoch, by the names of columns.

    `columns` are these names; what epochs tell anyhow (accuracy) is not among them. `measured` is called after each
    part of the data.
    """

    def __init__(self, run: TrainingRun, clock: Callable[[], float], measured: Callable[[], object]) -> None:
        self._run, self._clock, self._measured = run, clock, measured
        self._names = [name for name in run.spec.training.metrics if name not in Epoch._fields]
        parts = {"": run.prepared.train, "validation_": run.prepared.validation}
        self._parts = {prefix: part for prefix, part in parts.items() if part is not None}
        self.columns = [prefix + name for prefix in self._parts for name in self._names]
        self._began, self._spent = clock(), 0.0

    def of(self, epoch: int) -> Figures:
        """Return the figures of the epoch that has just ended; none where it is not measured."""
        if not self._names or not self._is_due(epoch):
            return NONE
        start = self._clock()
        figures = self._figures()
        self._spent += self._clock() - start
        return figures

    def _is_due(self, epoch: int) -> bool:
        training = self._run.training
        if training.stop_reason is not None and training.recipe.stop.restores:
            return False  # the best epoch's parameters are back, and these figures would be that epoch's
        if training.stop_reason is not None:
            return True
        allowed = max(SECONDS, SHARE * (self._clock() - self._began))
        return is_due(epoch, training.recipe.epochs) and self._spent <= allowed

    def _figures(self) -> dict[str, float | None]:
        figures: dict[str, float | None] = {}
        predictor = Predictor(self._run.network, self._run.training.parameters)
        for prefix, part in self._parts.items():
            found = self._run.measure(part, predictor.outputs(part.x), self._names)
            figures |= {prefix + name: value for name, value in found.items()}
            self._measured()
        return figures
