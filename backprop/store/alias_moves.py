"""The moves of aliases: each is kept, in order, and says where a rollback leads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from backprop.errors import ConflictError, NotFoundError
from backprop.store.database import Database, clock
from backprop.store.pages import Page, page_of
from backprop.store.states import MoveKind
from backprop.store.tables import AliasMove


@dataclass(frozen=True)
class Place:
    """Which alias is meant: whose it is, the model's name, and its own."""

    owner: str
    name: str
    alias: str

    def unknown(self) -> NotFoundError:
        """Return the error that says that there is no such alias."""
        return NotFoundError("alias", f"{self.name}@{self.alias}")


@dataclass(frozen=True)
class Step:
    """What a move does: its kind, where it leads, and the number of the move that a rollback then leads back to."""

    kind: MoveKind
    to_version: int | None
    before: int | None


@dataclass(frozen=True)
class MoveView:
    """One move of an alias: from which version to which; None stands for none."""

    number: int
    kind: MoveKind
    from_version: int | None
    to_version: int | None
    at: datetime
    by: str

    @property
    def id(self) -> str:
        """The number, as a list's cursor has it."""
        return str(self.number)


def page(db: Database, place: Place, limit: int, before: int | None = None) -> Page[MoveView]:
    """Return a page of an alias's moves, the newest first, those numbered below `before`; also of a deleted alias.

    Raises NotFoundError where there never was such an alias.
    """
    query = _of(place).order_by(AliasMove.number.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(AliasMove.number < before)
    with db.reading() as session:
        found = [_view(row) for row in session.scalars(query)]
        if not found and last(session, place) == 0:
            raise place.unknown()
        return page_of(found, limit)


def last(session: Session, place: Place) -> int:
    """Return the number of an alias's last move; 0 where there never was such an alias."""
    return session.scalars(select(func.coalesce(func.max(AliasMove.number), 0)).where(*_its(place))).one()


def record(session: Session, place: Place, number: int, step: Step) -> None:
    """Write the move that follows number `number`, 0 standing for none."""
    left = session.scalar(select(AliasMove.to_version).where(*_its(place), AliasMove.number == number))
    session.add(
        AliasMove(
            owner=place.owner,
            name=place.name,
            alias=place.alias,
            number=number + 1,
            kind=step.kind,
            from_version=left,
            to_version=step.to_version,
            before=step.before,
            at=session.scalar(select(clock())),
            by=place.owner,
        )
    )
    session.flush()


def undone(session: Session, place: Place, number: int) -> Step:
    """Return the step that leads back to before move `number`. Raises ConflictError where there is nothing before."""
    before = session.scalars(_of(place).where(AliasMove.number == number)).one().before
    if before is None:
        detail = f"{place.alias} of {place.name} has pointed at no version before this one"
        raise ConflictError("no_earlier_version", f"{detail}; point it at the one that is meant")
    earlier = session.scalars(_of(place).where(AliasMove.number == before)).one()
    return Step("rolled_back", earlier.to_version, earlier.before)


def _its(place: Place) -> tuple[Any, ...]:
    return AliasMove.owner == place.owner, AliasMove.name == place.name, AliasMove.alias == place.alias


def _of(place: Place) -> Select[AliasMove]:
    return select(AliasMove).where(*_its(place))


def _view(row: AliasMove) -> MoveView:
    at = datetime.fromtimestamp(row.at, UTC)
    return MoveView(row.number, row.kind, row.from_version, row.to_version, at, row.by)
