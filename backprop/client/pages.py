"""Pages: a list that the service gives page by page, as one iterator."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from backprop.client.documents import Json
from backprop.client.transport import Transport

PAGE = 200

Shown = TypeVar("Shown")


def pages(
    transport: Transport, path: str, show: Callable[[Json], Shown], limit: int | None, **filters: Any
) -> Iterator[Shown]:
    """Yield the items of a list in its order, at most `limit` of them (None: all); pages are fetched as needed."""
    return itertools.islice(_items(transport, path, show, min(limit or PAGE, PAGE), filters), limit)


def _items(
    transport: Transport, path: str, show: Callable[[Json], Shown], size: int, filters: dict[str, Any]
) -> Iterator[Shown]:
    after = None
    while True:
        page = transport.get(path, limit=size, after=after, **filters)
        yield from map(show, page["data"])
        after = page["next"]
        if after is None:
            return
