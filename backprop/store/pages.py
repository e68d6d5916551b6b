"""A page of a list: what is wanted of it, what it holds, and the cursor that the next one begins after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Select

from backprop.store.tables import Dataset, Model


class Identified(Protocol):
    """Anything that a list's cursor can point at."""

    @property
    def id(self) -> str:
        """The id that lists are ordered by."""


Item = TypeVar("Item", bound=Identified)
Row = TypeVar("Row", Dataset, Model)


@dataclass(frozen=True)
class NameFilter:
    """Which items a page holds: those of a name, or all; `after` is the last id of the page before."""

    name: str | None = None
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the id after which the next page begins (None: there is no more)."""

    items: Sequence[Item]
    next: str | None


def page_of(found: Sequence[Item], limit: int) -> Page[Item]:
    """Return the page of `limit` items from a look-up that asked for one more, to see whether there is more."""
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def newest(query: Select[Row], table: type[Row], wanted: NameFilter) -> Select[Row]:
    """Return the query for the page's rows, the newest first, and one more."""
    if wanted.name is not None:
        query = query.where(table.name == wanted.name)
    if wanted.after is not None:
        query = query.where(table.id < wanted.after)
    return query.order_by(table.id.desc()).limit(wanted.limit + 1)
