"""Fields that a job may fill in two ways: a name or names, a share or a count, a number or a word, a word or a map."""

from typing import Any

from marshmallow import ValidationError, fields

from backprop.schemas.fields import Integer, Items, Number, Strict, Text
from backprop.schemas.flaws import refuse, shown

MOST_ROWS = 2**31 - 1
MOST_COLUMNS = 100_000
LONGEST_COLUMN = 500


class Names(Strict, fields.Field[tuple[str, ...]]):
    """A column's name, or a list of names: loaded as a tuple; a tuple of one is dumped as the name."""

    def __init__(self, **options: Any) -> None:
        self.item = Text(longest=LONGEST_COLUMN)
        self.items = Items(self.item, least=1, most=MOST_COLUMNS)
        text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST_COLUMN}
        forms = [text, {"type": "array", "items": text, "minItems": 1}, {"type": "null"}]
        super().__init__(metadata={"oneOf": forms} | dict(options.pop("metadata", {})), allow_none=True, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value is None:
            return None
        return value[0] if len(value) == 1 else list(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:  # noqa: ARG002
        if isinstance(value, str):
            return (self.item.deserialize(value),)
        if not isinstance(value, list):
            refuse("wrong_type", f"takes a column's name or a list of names, not {shown(value)}")
        names: Any = self.items.deserialize(value)
        return tuple(names)


class Amount(Number):
    """Rows held out: a share of all below 1, or a whole number of rows."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        amount: float = super()._deserialize(value, attr, data, **kwargs)
        if amount >= 1 and not amount.is_integer():
            refuse("out_of_range", f"takes a share below 1 or a whole number of rows, not {shown(value)}")
        return amount

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return int(value) if value >= 1 else value


class BatchSize(Integer):
    """A whole number of rows, or "full"."""

    def __init__(self, **options: Any) -> None:
        forms = [{"type": "integer", "minimum": 1, "maximum": MOST_ROWS}, {"const": "full"}, {"type": "null"}]
        super().__init__(bounds={"at_least": 1, "at_most": MOST_ROWS}, allow_none=True, **options)
        self.metadata = {"oneOf": forms}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value == "full":
            return value
        if isinstance(value, str):
            refuse("wrong_type", f'takes a whole number of rows or "full", not {shown(value)}')
        return super()._deserialize(value, attr, data, **kwargs)


class ClassWeights(Strict, fields.Field[Any]):
    """ "balanced", or an object of one weight a class; loaded as the word, or as pairs."""

    MOST = 10_000

    def __init__(self, **options: Any) -> None:
        self.weight = Number(bounds={"at_least": 0, "at_most": 1e9})
        weights = {"type": "object", "additionalProperties": self.weight.metadata, "minProperties": 1}
        forms = [{"const": "balanced"}, weights, {"type": "null"}]
        super().__init__(metadata={"oneOf": forms} | dict(options.pop("metadata", {})), allow_none=True, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return dict(value) if isinstance(value, tuple) else value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if value == "balanced":
            return value
        if not isinstance(value, dict):
            refuse("wrong_type", f'takes "balanced" or an object of one weight a class, not {shown(value)}')
        if not 1 <= len(value) <= self.MOST:
            refuse("wrong_length", f"takes 1 to {self.MOST} classes, not {len(value)}")
        flaws: dict[str, Any] = {}
        pairs = []
        for name, weight in value.items():
            try:
                pairs.append((name, self.weight.deserialize(weight)))
            except ValidationError as error:
                flaws[name] = error.messages
        if flaws:
            raise ValidationError(flaws)
        return tuple(pairs)
