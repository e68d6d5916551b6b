"""A document: a JSON object that a service answers with, as a frozen dataclass with the JSON's names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A JSON object that was answered; `document` is all of it, with the fields that this client does not know."""

    document: Json = field(repr=False, compare=False)

    @classmethod
    def of(cls, document: Json) -> Self:
        """Return the dataclass that a JSON object fills: what it lacks is None, what is not known here is left out."""
        known = {name: document.get(name) for name in cls.__dataclass_fields__ if name != "document"}
        parsed = {name: parse(known[name]) for name, parse in cls._parsers().items() if known[name] is not None}
        return cls(document=document, **(known | parsed))

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        """Return how the fields are made that are no plain JSON."""
        return {}
