"""Queries: the fields that only query strings have, where every value comes as text, and a list's."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, pre_load

from backprop.pointers import pointer
from backprop.schemas.documents import Document
from backprop.schemas.fields import Integer, Labels, Strict, Text
from backprop.schemas.flaws import Flaw, refuse, shown
from backprop.schemas.job import NAME, NAME_REMEDY
from backprop.store.models import ModelFilter
from backprop.store.pages import NameFilter

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


class QueryInteger(Integer):
    """A whole number written in digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            refuse("wrong_type", f"takes a whole number, not {shown(value)}")
        return super()._deserialize(int(value), attr, data, **kwargs)


class QueryBoolean(Strict, fields.Field[bool]):
    """True or false, written so."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"type": "boolean"} | dict(options.pop("metadata", {})), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if value not in {"true", "false"}:
            refuse("wrong_type", f"takes true or false, not {shown(value)}")
        return bool(value == "true")


class QueryInstant(Strict, fields.Field[datetime]):
    """A time as RFC 3339 has it, with its offset from UTC."""

    def __init__(self, description: str) -> None:
        super().__init__(metadata={"type": "string", "format": "date-time", "description": description})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002
        instant = _instant(value)
        if instant is None:
            example = "2030-01-31T12:00:00Z; a + in it is written %2B"
            refuse("bad_time", f"takes a time such as {example}, not {shown(value)}")
        return instant


class QueryLabels(Labels):
    """Labels that a query names one by one: `metadata.team=a`, where `called` is "metadata"."""

    def __init__(self, called: str, **options: Any) -> None:
        self._example = f"{called}.team=a"
        one = {
            rf"^{called}\.[^\u0000]{{1,{self.KEY}}}$": {
                "type": "string",
                "maxLength": self.VALUE,
                "pattern": r"^[^\u0000]*$",
            }
        }
        described = {"patternProperties": one, "additionalProperties": False, "description": f"as in `{self._example}`"}
        super().__init__(metadata=described, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            refuse("wrong_type", f"name the label's key, as in {self._example}")
        found = [(key, flaw) for key, text in value.items() if (flaw := self._flaw(key, text)) is not None]
        if found:
            raise ValidationError([Flaw(flaw.code, flaw.detail, "." + pointer(key)[1:]) for key, flaw in found])
        return super()._deserialize(value, attr, data, **kwargs)

    def _flaw(self, key: str, text: object) -> Flaw | None:
        if "\0" in f"{key}{text}":
            return Flaw("bad_name", "holds a character that cannot be kept")
        return super()._flaw(key, text)


class NameQuerySchema(Document):
    """Which items to list: those of a name, or all, from where the page before ended."""

    name = Text(longest=100, pattern=NAME, remedy=NAME_REMEDY)
    limit = QueryInteger(bounds={"at_least": 1, "at_most": 1000}, metadata={"default": 50})
    after = Text(longest=100, metadata={"description": "the `next` of the page before"})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NameFilter:
        return NameFilter(**data)


class LabelQuerySchema(Document):
    """A query one of whose parameters, `LABELS`, is QueryLabels."""

    LABELS: ClassVar[str]

    def handle_error(self, error: ValidationError, data: Any, **options: Any) -> None:
        """Say of each unknown key what it may have meant."""
        super().handle_error(error, self._gathered(data), **options)

    @pre_load
    def _gather(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return self._gathered(data)

    def _gathered(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return a query with its `metadata.…` parameters gathered in one."""
        prefix = f"{self.LABELS}."
        gathered = {name: query[name] for name in query if not name.startswith(prefix)}
        labels = {name.removeprefix(prefix): query[name] for name in query if name.startswith(prefix)}
        return ({self.LABELS: labels} if labels else {}) | gathered


class ModelQuerySchema(LabelQuerySchema, NameQuerySchema):
    """Which models to list."""

    LABELS = "tags"

    tags = QueryLabels("tags")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> ModelFilter:
        return ModelFilter(**data)


def _instant(text: str) -> datetime | None:
    # Matched first: what Python takes for ISO 8601 is more than RFC 3339's times.
    if not INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
