"""The WSGI entry: what a server calls, in each of its processes, to get the app."""

import os

from flask import Flask

from backprop.queue import Ringer, celery_app
from backprop.settings import settings_from
from backprop.store.database import Database
from service.app import create_app


def application() -> Flask:
    """Return the app that this process's environment describes. Raises SettingsError."""
    settings = settings_from(os.environ)
    database = Database(settings.database_url, settings.blob_dir)
    if settings.broker_url is None:
        return create_app(settings, database, _ring_nobody)
    return create_app(settings, database, Ringer(celery_app(settings.broker_url)).ring)


def _ring_nobody() -> None:
    """Do nothing: without a broker, workers hear of a job from the keeper of the one that they have."""
