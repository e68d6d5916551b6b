"""Refs: the ways to name a model, by id (`mdl_…`), name (its newest version), version (`iris@3`) or alias."""

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from backprop.errors import NotFoundError
from backprop.store.database import Database
from backprop.store.tables import Alias, Model

ID_PREFIX = "mdl_"
LONGEST_VERSION = 9  # digits that the column holds whatever they are

# Made once: putting a statement together takes longer than running it.
_OWNED = select(Model).where(Model.owner == bindparam("owner"))
_BY_ID = _OWNED.where(Model.id == bindparam("model_id"))
_OF_NAME = _OWNED.where(Model.name == bindparam("named"))
_NEWEST = _OF_NAME.order_by(Model.version.desc()).limit(1)
_BY_VERSION = _OF_NAME.where(Model.version == bindparam("numbered"))
_POINTED_AT = select(Alias.model_id).where(
    Alias.owner == bindparam("owner"), Alias.name == bindparam("named"), Alias.alias == bindparam("aliased")
)
_BY_ALIAS = _OWNED.where(Model.id == _POINTED_AT.scalar_subquery())
_IDS = {named: named.with_only_columns(Model.id) for named in (_BY_ID, _NEWEST, _BY_VERSION, _BY_ALIAS)}


def identify(db: Database, owner: str, ref: str) -> str:
    """Return the id of the model that a ref names, at a small part of the model's cost. Raises NotFoundError."""
    named, values = _named(ref)
    found = db.glance(_IDS[named], owner=owner, **values)
    if found is None:
        raise NotFoundError("model", ref)
    return str(found[0])


def find(session: Session, owner: str, ref: str, *, locked: bool = False) -> Model:
    """Return the model that a ref names, `locked` until this transaction has ended. Raises NotFoundError."""
    named, values = _named(ref)
    row = session.scalar(named.with_for_update() if locked else named, {"owner": owner, **values})
    if row is None:
        raise NotFoundError("model", ref)
    return row


def _named(ref: str) -> tuple[Select[Model], dict[str, Any]]:
    if "\0" in ref:  # which PostgreSQL takes for no text at all
        raise NotFoundError("model", ref)
    if ref.startswith(ID_PREFIX):
        return _BY_ID, {"model_id": ref}
    name, at, which = ref.partition("@")
    if not at:
        return _NEWEST, {"named": name}
    if which.isascii() and which.isdigit() and len(which) <= LONGEST_VERSION:
        return _BY_VERSION, {"named": name, "numbered": int(which)}
    return _BY_ALIAS, {"named": name, "aliased": which}
