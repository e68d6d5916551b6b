"""The figures of jobs, as Prometheus takes them: read from the database, so the same from every process."""

import time
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from backprop.store import figures
from backprop.store.database import Database, DatabaseDownError
from backprop.store.figures import Figures
from backprop.store.states import TERMINAL
from backprop.store.tallies import Tallied

FRESH_SECONDS = 1.0
NONE = Tallied()
COUNTED = {
    "epochs": "Epochs trained, those included that a crash had trained again",
    "crashes": "Times that a worker was lost, or failed unforeseen, while it trained a job",
    "lost_leases": "Jobs taken back from workers that no longer answered",
}


class JobFigures(Collector):
    """A collector that asks the database at most once a second; where it does not answer, that is all there is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at = -FRESH_SECONDS
        self._figures: Figures | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of now, or of a moment ago."""
        found = self._now()
        yield GaugeMetricFamily("backprop_database_up", "Whether the database answers", float(found is not None))
        if found is not None:
            yield from _of_now(found)
            yield from _of_all_time(found)

    def _now(self) -> Figures | None:
        if time.monotonic() - self._read_at >= FRESH_SECONDS:
            try:
                self._figures = figures.read(self._database)
            except DatabaseDownError:
                self._figures = None
            self._read_at = time.monotonic()
        return self._figures


def _of_now(found: Figures) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("backprop_jobs", "Jobs by state", labels=["state"])
    for state, count in found.jobs.items():
        jobs.add_metric([state], count)
    yield jobs
    waited = "For how long the first queued job has waited; 0 where none waits"
    yield GaugeMetricFamily("backprop_queue_oldest_seconds", waited, found.oldest_seconds)


def _of_all_time(found: Figures) -> Iterator[Metric]:
    for name, documentation in COUNTED.items():
        yield CounterMetricFamily(f"backprop_{name}", documentation, found.tallies.get((name, ""), NONE).total)
    waits = HistogramMetricFamily("backprop_queue_seconds", "How long jobs were queued before a worker took them")
    _add(waits, [], found.tallies.get(("queue_seconds", ""), NONE))
    yield waits
    times = HistogramMetricFamily("backprop_job_seconds", "How long jobs that ended were trained", labels=["state"])
    for state in TERMINAL:
        _add(times, [state], found.tallies.get(("job_seconds", state), NONE))
    yield times


def _add(family: HistogramMetricFamily, labels: list[str], tallied: Tallied) -> None:
    bounds = map(floatToGoString, tallied.under)
    family.add_metric(labels, list(zip(bounds, accumulate(tallied.under.values()), strict=True)), tallied.total)
