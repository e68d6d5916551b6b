"""The worker program: one Celery prefork worker whose children each run one job at a time."""

import functools
import logging
import multiprocessing
import os
import socket
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from billiard.util import get_logger
from celery import Celery, bootsteps
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_shutting_down

from backprop.datasets.shelf import Shelf
from backprop.errors import SettingsError
from backprop.queue import TASK, celery_app, ring
from backprop.settings import Settings, available_memory, settings_from
from backprop.store import presence
from backprop.store.database import Database, DatabaseDownError
from backprop.store.files import files_of
from backprop.store.presence import Presence
from worker.runner import hear
from worker.workplace import Workplace

log = logging.getLogger(__name__)


def main(environ: Mapping[str, str]) -> int:
    """Run until SIGTERM; return the exit status. Raises SettingsError."""
    settings = settings_from(environ)
    if settings.broker_url is None:
        raise SettingsError("BACKPROP_BROKER_URL is not set; `make run` starts a broker and sets it")
    _quiet()
    app = celery_app(settings.broker_url)
    closing = multiprocessing.Event()

    def close(**_: object) -> None:
        closing.set()

    worker_shutting_down.connect(close)  # the children see it at their next beat, and give their jobs back
    make_task(app, lambda: _workplace(settings, app, closing.is_set))
    app.steps["worker"].add(_presence_step(settings))
    app.Worker(
        concurrency=settings.concurrency,
        hostname=_name(),
        redirect_stdouts=False,
        optimization="fair",
        quiet=True,
        # Workers have nothing to say to each other: the database knows it all, and a worker is there a second sooner.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()
    return 0


def _quiet() -> None:
    """Keep Celery from taking over the log, and from writing past it."""
    setup_logging.connect(_join_logs)
    warnings.filterwarnings("ignore", category=SecurityWarning)  # of the superuser: messages that hold nothing are safe
    sys.__stdout__ = None  # type: ignore[misc]  # where it says, in words of its own, that it was told to stop


def _join_logs(**_: object) -> None:
    """Have the pool's lines go where all go. That this signal has a receiver keeps Celery from setting up logging."""
    get_logger().propagate = True


def make_task(app: Celery, workplace: Callable[[], Workplace]) -> None:
    """Have this app's workers work when a bell rings; `workplace` is called once in each of their processes."""
    here = functools.cache(workplace)

    def on_bell() -> None:
        try:
            hear(here())
        except DatabaseDownError as error:
            log.warning("heard a bell, and %s; the keeper rings again", error)

    app.task(name=TASK, shared=False)(on_bell)


def _workplace(settings: Settings, app: Celery, is_closing: Callable[[], bool]) -> Workplace:
    return Workplace(
        db=Database(settings.database_url, files_of(settings.storage_url, settings.blob_dir)),
        worker=_name(),
        ring=lambda: ring(app),
        slice_seconds=settings.slice_seconds,
        lease_seconds=settings.lease_seconds,
        is_closing=is_closing,
        shelf=Shelf(settings.shelf_dir, settings.max_shelf_bytes, available_memory() // 2),
    )


def _presence_step(settings: Settings) -> type[bootsteps.StartStopStep]:
    """Return the step by which Celery's main process makes itself known, from its own timer.

    It keeps no connection open: it forks children, and a thread in it could hold a lock over a fork.
    """
    db = Database(settings.database_url, files_of(settings.storage_url, settings.blob_dir), pooled=False)
    here = Presence(_name(), "worker", settings.concurrency)

    class PresenceStep(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
        requires: ClassVar[set[str]] = {"celery.worker.components:Timer"}

        def start(self, parent: Any) -> None:
            _beat(db, here)
            parent.timer.call_repeatedly(presence.BEAT_SECONDS, _beat, (db, here))

        def stop(self, _parent: Any) -> None:
            try:
                presence.leave(db, here.id)
            except DatabaseDownError as error:
                log.warning("leaves without a word: %s", error)

    return PresenceStep


def _beat(db: Database, here: Presence) -> None:
    try:
        presence.beat(db, here)
    except DatabaseDownError as error:
        log.warning("cannot say that it is here: %s", error)


def _name() -> str:
    return f"worker@{socket.gethostname()}-{os.getpid()}"
