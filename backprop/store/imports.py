"""Models that came in a file: numbered under their name as trained ones are, without a job and without data."""

from typing import Any

from sqlalchemy import select

from backprop.store import models
from backprop.store.database import Database
from backprop.store.models import NO_JOB, Lineage, ModelView, NewModel
from backprop.store.tables import Model


def add(db: Database, owner: str, name: str, spec: dict[str, Any], new: NewModel) -> tuple[ModelView, bool]:
    """Store a model as the next version of a name, and return it and True.

    Where a version of that name has the same parameters, spec and encoding, that is returned, and False: a request that
    is sent again makes nothing new.
    """
    same = select(Model).where(Model.owner == owner, Model.name == name, Model.sha256 == new.sha256)
    with db.writing() as session:
        for row in session.scalars(same.order_by(Model.version.desc())):
            if (row.spec, row.encoding) == (spec, new.encoding):
                model_id, is_new = row.id, False
                break
        else:
            model_id, is_new = models.add(db, session, Lineage(owner, name, NO_JOB, None, spec), new), True
    return models.show(db, owner, model_id), is_new
