"""Versions of models, made as a worker makes them but for the training."""

from backprop.store import models
from backprop.store.database import Database
from backprop.store.models import Lineage, NewModel
from tests.backprop.store.situations import OWNER, SPEC

MODEL = NewModel(b"parameters", "ab" * 32, {"format": 1}, {"train": {"loss": 0.5}})


def add(database: Database, name: str = "iris", model: NewModel = MODEL) -> str:
    """Store the next version of a model and return its id."""
    with database.writing() as session:
        return models.add(database, session, Lineage(OWNER, name, "job_0", None, SPEC), model)
