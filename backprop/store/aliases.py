"""Aliases: names such as `champion` that point at one version of a model, and are moved whole.

An alias's tag is the number of its last move. Numbers count up within an alias and go on where a deleted one stopped,
so a tag never comes back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backprop.errors import ConflictError, NotFoundError
from backprop.store import alias_moves
from backprop.store.alias_moves import Place, Step
from backprop.store.conditions import ANYHOW, Condition
from backprop.store.database import Database
from backprop.store.tables import Alias, AliasMove, Model


@dataclass(frozen=True)
class AliasView:
    """An alias as it is shown: the version and the model's id that it points at, and when and by whom it was moved."""

    name: str
    alias: str
    version: int
    model: str
    moved_at: datetime
    moved_by: str
    move: int

    @property
    def tag(self) -> str:
        """What changes with every move, for conditions."""
        return str(self.move)


def show(db: Database, place: Place) -> AliasView:
    """Return an alias. Raises NotFoundError."""
    with db.reading() as session:
        return _shown(session, place)


def of_name(db: Database, owner: str, name: str) -> list[AliasView]:
    """Return the aliases of a model's name, in the order of their own."""
    query = _SHOWN.where(Alias.owner == owner, Alias.name == name).order_by(Alias.alias)
    with db.reading() as session:
        return [_view(row) for row in session.execute(query)]


def of_models(session: Session, model_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the aliases that point at each of these models, in order; a model without any is left out."""
    found: dict[str, list[str]] = {}
    query = select(Alias.model_id, Alias.alias).where(Alias.model_id.in_(model_ids)).order_by(Alias.alias)
    for model_id, alias in session.execute(query):
        found.setdefault(model_id, []).append(alias)
    return found


def move(db: Database, place: Place, version: int, condition: Condition = ANYHOW) -> AliasView:
    """Point an alias, a new one or one that there is, at a version, and return it; where it points there, it stays.

    Raises NotFoundError where there is no such version, and PreconditionError.
    """

    def attempt() -> AliasView:
        with db.writing() as session:
            row = _locked(session, place)
            condition.check(None if row is None else str(row.move))
            model_id = _held(session, place, version)
            if model_id is None:
                raise NotFoundError("model", f"{place.name}@{version}")
            if row is None:
                _create(session, place, model_id, version)
            elif row.model_id != model_id:
                _change(session, place, row, model_id, Step("set", version, row.move))
            return _shown(session, place)

    return _despite_others(attempt)


def rollback(db: Database, place: Place, condition: Condition = ANYHOW) -> AliasView:
    """Point an alias at the version that it pointed at before; once more, at the one before that.

    Raises NotFoundError, PreconditionError, and ConflictError where there is no earlier version, or not any more.
    """
    with db.writing() as session:
        row = _checked(session, place, condition)
        step = alias_moves.undone(session, place, row.move)
        model_id = _held(session, place, step.to_version)
        if model_id is None:
            detail = f"{place.name}@{step.to_version}, where {place.alias} pointed before, has been deleted"
            raise ConflictError("no_earlier_version", f"{detail}; point it at a version that there is")
        _change(session, place, row, model_id, step)
        return _shown(session, place)


def delete(db: Database, place: Place, condition: Condition = ANYHOW) -> None:
    """Remove an alias; its history stays. Raises NotFoundError and PreconditionError."""
    with db.writing() as session:
        row = _checked(session, place, condition)
        alias_moves.record(session, place, row.move, Step("deleted", None, None))
        session.delete(row)


def _all() -> Select[Any]:
    its_move = (
        (AliasMove.owner == Alias.owner)
        & (AliasMove.name == Alias.name)
        & (AliasMove.alias == Alias.alias)
        & (AliasMove.number == Alias.move)
    )
    columns: tuple[Any, ...] = (Alias.name, Alias.alias, Model.version, Alias.model_id, AliasMove.at, AliasMove.by)
    return select(*columns, Alias.move).join(Model, Model.id == Alias.model_id).join(AliasMove, its_move)


_SHOWN = _all()


def _shown(session: Session, place: Place) -> AliasView:
    session.flush()
    row = session.execute(_SHOWN.where(*_it(place))).first()
    if row is None:
        raise place.unknown()
    return _view(row)


def _locked(session: Session, place: Place) -> Alias | None:
    return session.scalar(select(Alias).where(*_it(place)).with_for_update())


def _checked(session: Session, place: Place, condition: Condition) -> Alias:
    row = _locked(session, place)
    if row is None:
        raise place.unknown()
    condition.check(str(row.move))
    return row


def _held(session: Session, place: Place, version: int | None) -> str | None:
    """Return the id of a version, kept from being deleted before this transaction, which names it, has ended."""
    query = select(Model.id).where(Model.owner == place.owner, Model.name == place.name, Model.version == version)
    return session.scalar(query.with_for_update(read=True))


def _create(session: Session, place: Place, model_id: str, version: int) -> None:
    number = alias_moves.last(session, place)
    session.add(Alias(owner=place.owner, name=place.name, alias=place.alias, model_id=model_id, move=number + 1))
    alias_moves.record(session, place, number, Step("set", version, None))


def _change(session: Session, place: Place, row: Alias, model_id: str, step: Step) -> None:
    alias_moves.record(session, place, row.move, step)
    row.model_id, row.move = model_id, row.move + 1


def _despite_others(attempt: Callable[[], AliasView]) -> AliasView:
    """Return what an attempt returns; made again where another one made the alias between its look and its write."""
    try:
        return attempt()
    except IntegrityError:
        return attempt()


def _it(place: Place) -> tuple[Any, ...]:
    return Alias.owner == place.owner, Alias.name == place.name, Alias.alias == place.alias


def _view(row: Row[Any]) -> AliasView:
    at = datetime.fromtimestamp(row.at, UTC)
    return AliasView(row.name, row.alias, row.version, row.model_id, at, row.by, row.move)
