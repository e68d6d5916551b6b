"""The keeper: takes back the jobs of workers that died, rings for jobs that nobody heard of, and tidies up.

Any number may run: each step is one guarded transaction, and a bell too many changes nothing.
"""

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from celery import Celery

from backprop import logs
from backprop.datasets.shelf import Shelf
from backprop.errors import SettingsError
from backprop.queue import bells, celery_app, ring
from backprop.settings import settings_from
from backprop.store import presence, retention
from backprop.store.database import Database, DatabaseDownError
from backprop.store.files import files_of
from backprop.store.jobs import leases
from backprop.store.presence import Presence

SECONDS_BETWEEN_ROUNDS = 1.0
SECONDS_UNHEARD = 2.0  # a job that has waited longer may have lost its bell
MOST_BELLS = 200  # rung in one round
ROUNDS_BETWEEN_SWEEPS = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keeper:
    """What keeping takes: the store, the queue, this process's presence, and this machine's shelf."""

    db: Database
    app: Celery
    here: Presence
    shelf: Shelf

    def round(self, number: int) -> None:
        """Do once what is done every second. Raises DatabaseDownError."""
        if number % int(presence.BEAT_SECONDS / SECONDS_BETWEEN_ROUNDS) == 0:
            presence.beat(self.db, self.here)
        leases.reap(self.db)
        waiting = leases.waiting(self.db)
        if waiting.seconds > SECONDS_UNHEARD:
            # As many bells as jobs, counting those nobody has heard yet: else they pile up while workers are busy.
            ring(self.app, max(0, min(waiting.count, MOST_BELLS) - bells(self.app)))
        if number % ROUNDS_BETWEEN_SWEEPS == 0:
            retention.sweep(self.db)
            self.shelf.sweep()


def main(environ: Mapping[str, str]) -> None:
    """Keep until SIGTERM or SIGINT. Raises SettingsError."""
    settings = settings_from(environ)
    if settings.broker_url is None:
        raise SettingsError("BACKPROP_BROKER_URL is not set; `make run` starts a broker and sets it")
    closing = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: closing.set())
    here = Presence(f"keeper@{socket.gethostname()}-{os.getpid()}", "keeper", 0)
    shelf = Shelf(settings.shelf_dir, settings.max_shelf_bytes)
    keeper = Keeper(
        Database(settings.database_url, files_of(settings.storage_url, settings.blob_dir)),
        celery_app(settings.broker_url),
        here,
        shelf,
    )
    count = 0
    while not closing.is_set():
        try:
            keeper.round(count)
        except DatabaseDownError as error:
            log.warning("a round without result: %s", error)
        count += 1
        closing.wait(SECONDS_BETWEEN_ROUNDS)


if __name__ == "__main__":
    logs.set_up()
    try:
        main(os.environ)
    except SettingsError as error:
        sys.exit(f"keeper: {error}")
