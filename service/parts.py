"""The parts that views work with, made once an app and found through Flask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, Request, current_app, request

from backprop.settings import Settings
from backprop.store.database import Database
from service.exports import Exports
from service.monitoring.monitor import Monitor
from service.plotting.studio import Studio
from service.predicting.predictors import Predictors
from service.shown_jobs import ShownJobs

EXTENSION = "backprop"
OWNER = "local"  # whose everything is, until there are keys that tell people apart


@dataclass(frozen=True)
class Parts:
    """The settings, the store, the bell to ring after a commit, loaded models, shown jobs, the monitor, the studio.

    `exports` has the files of results.
    """

    settings: Settings
    database: Database
    ring: Callable[[], None]
    predictors: Predictors
    shown_jobs: ShownJobs
    monitor: Monitor
    studio: Studio
    exports: Exports


def parts() -> Parts:
    """Return the parts of the app that serves this request."""
    return parts_of(current_app)


def parts_of(app: Flask) -> Parts:
    """Return the parts of an app."""
    return cast("Parts", app.extensions[EXTENSION])


def the_request() -> Request:
    """Return the request itself: each look through Flask's stand-in for it takes as long as what is looked for."""
    return cast("Request", request._get_current_object())  # type: ignore[attr-defined]  # the stand-in's own method
