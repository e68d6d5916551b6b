"""A page of a list: what it holds, and the cursor that the next one begins after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Identified(Protocol):
    """Anything that a list's cursor can point at."""

    @property
    def id(self) -> str:
        """The id that lists are ordered by."""


Item = TypeVar("Item", bound=Identified)


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the id after which the next page begins (None: there is no more)."""

    items: Sequence[Item]
    next: str | None


def page_of(found: Sequence[Item], limit: int) -> Page[Item]:
    """Return the page of `limit` items from a look-up that asked for one more, to see whether there is more."""
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)
