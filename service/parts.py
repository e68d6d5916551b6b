"""The parts that views work with, made once an app and found through Flask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from backprop.settings import Settings
from backprop.store.database import Database
from service.predictors import Predictors

EXTENSION = "backprop"
OWNER = "local"  # whose everything is, until there are keys that tell people apart


@dataclass(frozen=True)
class Parts:
    """The settings, the store, the bell to ring after a commit, and the models that are loaded for prediction."""

    settings: Settings
    database: Database
    ring: Callable[[], None]
    predictors: Predictors


def parts() -> Parts:
    """Return the parts of the app that serves this request."""
    return cast("Parts", current_app.extensions[EXTENSION])
