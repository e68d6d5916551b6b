"""Which versions of models there are, without what they hold."""

from dataclasses import dataclass

from sqlalchemy import select

from backprop.store.database import Database
from backprop.store.tables import Model


@dataclass(frozen=True)
class ModelVersion:
    """A version by name and number."""

    name: str
    version: int


def versions(db: Database, owner: str, limit: int, name: str | None = None) -> list[ModelVersion]:
    """Return at most `limit` versions, of one name or of all, by name and the newest first."""
    query = select(Model.name, Model.version).where(Model.owner == owner)
    if name is not None:
        query = query.where(Model.name == name)
    with db.reading() as session:
        rows = session.execute(query.order_by(Model.name, Model.version.desc()).limit(limit))
        return [ModelVersion(name, version) for name, version in rows]
