"""The monitor: what Prometheus is told, of requests by the processes that answered them, of jobs by the database."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backprop.store.database import Database
from service.monitoring.job_figures import JobFigures

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)  # seconds
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a client may make up others


class Monitor:
    """Counts this process's requests and its looks into the model cache, and tells them with its siblings' and jobs'.

    Processes share what they count through files in `directory`, as prometheus_client does where the variable
    PROMETHEUS_MULTIPROC_DIR was set before its import; None: this process is alone. The file of a process that died
    stays, so that no sum goes down.
    """

    def __init__(self, database: Database, directory: Path | None = None) -> None:
        own = CollectorRegistry()
        self._told = own
        if directory is not None:
            self._told = CollectorRegistry()
            MultiProcessCollector(self._told, str(directory))  # type: ignore[no-untyped-call]
        self._told.register(JobFigures(database))
        lookups = Counter(
            "backprop_model_cache_lookups",
            "Models asked for: a hit where the process had it loaded, else a miss",
            ["result"],
            registry=own,
        )
        self.hit: Callable[[], None] = lookups.labels("hit").inc
        self.miss: Callable[[], None] = lookups.labels("miss").inc
        self._observe = _observers(own)

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request by its method, path template and status, and how long it took."""
        self._observe(method if method in METHODS else "other", path, status)(seconds)

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._told)


def _observers(registry: CollectorRegistry) -> Callable[[str, str, int], Callable[[float], None]]:
    requests = Histogram(
        "backprop_request_seconds",
        "Requests, and how long it took to begin their answers",
        ["method", "path", "status"],
        buckets=BOUNDS,
        registry=registry,
    )

    @cache  # finding a child by its labels takes as long as counting
    def observer(method: str, path: str, status: int) -> Callable[[float], None]:
        return requests.labels(method, path, str(status)).observe

    return observer
