"""The WSGI entry: what a server calls, in each of its processes, to get the app."""

import os
import sys
from pathlib import Path

from flask import Flask

from backprop import logs
from backprop.queue import Ringer, celery_app
from backprop.settings import settings_from
from backprop.store.database import Database
from backprop.store.files import files_of
from service.app import create_app


def application() -> Flask:
    """Return the app that this process's environment describes. Raises SettingsError."""
    logs.set_up(logs.Gathered(sys.stderr))
    settings = settings_from(os.environ)
    database = Database(settings.database_url, files_of(settings.storage_url, settings.blob_dir))
    ring = _ring_nobody if settings.broker_url is None else Ringer(celery_app(settings.broker_url)).ring
    counts = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return create_app(settings, database, ring, Path(counts) if counts else None)


def _ring_nobody() -> None:
    """Do nothing: without a broker, workers hear of a job from the keeper of the one that they have."""
