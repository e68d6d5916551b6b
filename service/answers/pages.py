"""Pages: what lists have in common."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from backprop.store.pages import Page


class PageSchema(Schema):
    """A page of a list."""

    has_more = fields.Boolean(required=True)
    next = fields.String(allow_none=True, metadata={"description": "the `after` of the next page"})


def listing(page: Page[Any], show: Callable[[Any], Any] = vars) -> dict[str, Any]:
    """Return a page as lists are answered."""
    return {"data": [show(item) for item in page.items], "has_more": page.next is not None, "next": page.next}
