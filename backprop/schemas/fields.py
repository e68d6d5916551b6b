"""Marshmallow's fields made strict: true is no number, "2" no integer, nothing is coerced, every refusal is a Flaw."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from backprop.schemas.flaws import Flaw, nearest, refuse, shown

BOUNDS = {"above": "exclusiveMinimum", "at_least": "minimum", "below": "exclusiveMaximum", "at_most": "maximum"}


class Strict:
    """What every field here shares: its sentences for a value that is absent or null."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": [Flaw("required", "this is required; add it")],
        "null": [Flaw("null", "this cannot be null; give a value, or leave it out for its default")],
    }


class Number(Strict, fields.Field[Any]):
    """A finite number within bounds (`above`, `at_least`, `below`, `at_most`), kept as a float."""

    takes = "a number"
    json_type = "number"

    def __init__(self, *, bounds: Mapping[str, float] | None = None, **options: Any) -> None:
        self.bounds = dict(bounds or {})
        documented: dict[str, Any] = {"type": self.json_type}
        documented |= {BOUNDS[name]: bound for name, bound in self.bounds.items()}
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        number = self._number(value)
        if not within(number, self.bounds):
            refuse("out_of_range", f"takes {self.takes} {bounds_in_words(self.bounds)}, not {shown(value)}")
        return number

    def _number(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse("wrong_type", f"takes {self.takes}, not {shown(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            refuse("not_finite", f"takes {self.takes} that a 64-bit float holds")
        return number


class Integer(Number):
    """A whole number within bounds; 5.0 is 5, as JSON has one kind of number."""

    takes = "a whole number"
    json_type = "integer"

    def _number(self, value: Any) -> int:
        number = super()._number(value)
        if not number.is_integer():
            refuse("wrong_type", f"takes a whole number, not {shown(value)}")
        return int(value)


class Boolean(Strict, fields.Boolean):
    """True or false, and neither 1 nor "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            refuse("wrong_type", f"takes true or false, not {shown(value)}")
        return value


class Text(Strict, fields.String):
    """A string of 1 to `longest` characters, matching `pattern` whole where there is one."""

    def __init__(self, *, longest: int, pattern: str | None = None, remedy: str = "", **options: Any) -> None:
        documented: dict[str, Any] = {"minLength": 1, "maxLength": longest}
        if pattern is not None:
            documented["pattern"] = f"^{pattern}$"
        self.longest, self.remedy = longest, remedy
        self.pattern = re.compile(pattern or r"[^\0]*", re.DOTALL)
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        if not isinstance(value, str):
            refuse("wrong_type", f"takes a string, not {shown(value)}")
        if not 1 <= len(value) <= self.longest:
            refuse("wrong_length", f"takes 1 to {self.longest} characters, not {len(value)}")
        if not self.pattern.fullmatch(value):
            refuse("bad_name", self.remedy or "holds a character that cannot be kept")
        return value


class Choice(Strict, fields.String):
    """One of some names."""

    def __init__(self, names: Iterable[str], **options: Any) -> None:
        self.names = tuple(names)
        super().__init__(metadata={"enum": self._documented(options)} | dict(options.pop("metadata", {})), **options)

    def _documented(self, options: Mapping[str, Any]) -> list[str | None]:
        return [*self.names, None] if options.get("allow_none") else list(self.names)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        if not isinstance(value, str):
            refuse("wrong_type", f"takes one of {', '.join(self.names)}, not {shown(value)}")
        if value not in self.names:
            refuse("unknown_name", f"there is no {shown(value)} here; {nearest(value, self.names)}")
        return value


class Items(Strict, fields.List[Any]):
    """A list of at most `most` items, loaded as a tuple."""

    def __init__(self, item: fields.Field[Any], *, most: int, least: int = 0, **options: Any) -> None:
        self.least, self.most = least, most
        documented = {"maxItems": most} | ({"minItems": least} if least else {})
        super().__init__(item, metadata=documented | dict(options.pop("metadata", {})), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            refuse("wrong_type", f"takes a list, not {shown(value)}")
        if not self.least <= len(value) <= self.most:
            refuse("wrong_length", f"takes {self.least} to {self.most} items, not {len(value)}")
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class Object(Strict, fields.Nested):
    """An object with a schema of its own."""


class Labels(Strict, fields.Dict):
    """Up to 16 strings under string keys, as OpenAI's metadata: keys of 1 to 64 characters, values of up to 512."""

    MOST, KEY, VALUE = 16, 64, 512

    def __init__(self, **options: Any) -> None:
        documented = {"maxProperties": self.MOST, "additionalProperties": {"type": "string", "maxLength": self.VALUE}}
        super().__init__(metadata=documented | dict(options.pop("metadata", {})), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:  # noqa: ARG002
        if not isinstance(value, dict):
            refuse("wrong_type", f"takes an object of strings, not {shown(value)}")
        if len(value) > self.MOST:
            refuse("wrong_length", f"takes at most {self.MOST} keys, not {len(value)}")
        flaws = {key: [flaw] for key, text in value.items() if (flaw := self._flaw(key, text)) is not None}
        if flaws:
            raise ValidationError(flaws)
        return value

    def _flaw(self, key: str, text: object) -> Flaw | None:
        if not isinstance(text, str):
            return Flaw("wrong_type", f"takes a string, not {shown(text)}")
        if not 1 <= len(key) <= self.KEY:
            return Flaw("wrong_length", f"the key takes 1 to {self.KEY} characters, not {len(key)}")
        if len(text) > self.VALUE:
            return Flaw("wrong_length", f"takes at most {self.VALUE} characters, not {len(text)}")
        return None


class TagChanges(Labels):
    """Labels to set; a null removes the one under its key."""

    def __init__(self, **options: Any) -> None:
        one = {"type": ["string", "null"], "maxLength": self.VALUE}
        super().__init__(metadata={"additionalProperties": one} | dict(options.pop("metadata", {})), **options)

    def _flaw(self, key: str, text: object) -> Flaw | None:
        return super()._flaw(key, "" if text is None else text)


def within(number: float, bounds: Mapping[str, float]) -> bool:
    """Return whether a number is inside bounds named as `nn.parameter` names them."""
    return (
        number > bounds.get("above", -math.inf)
        and number >= bounds.get("at_least", -math.inf)
        and number < bounds.get("below", math.inf)
        and number <= bounds.get("at_most", math.inf)
    )


def bounds_in_words(bounds: Mapping[str, float]) -> str:
    """Return bounds as a detail says them: `above 0 and at most 1`."""
    return " and ".join(f"{name.replace('_', ' ')} {f'{bound:,}'.removesuffix('.0')}" for name, bound in bounds.items())
