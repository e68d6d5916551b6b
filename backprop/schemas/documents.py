"""Documents: what every JSON object that comes in has in common, a refusal of keys that nobody reads."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from backprop.schemas.flaws import Flaw, nearest


class Document(Schema):
    """A JSON object whose unknown keys are refused, the nearest known one being named."""

    error_messages: dict[str, Any] = {"type": Flaw("wrong_type", "takes an object")}  # noqa: RUF012  as Schema has it

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Say of each unknown key what it may have meant, in the order in which the keys came."""
        if not isinstance(data, Mapping) or not isinstance(error.messages, dict):
            return
        known = [field.data_key or name for name, field in self.load_fields.items()]
        for key in data:
            if key not in known:
                error.messages.pop(key, None)
                error.messages[key] = [Flaw("unknown_key", f"there is no such key here; {nearest(key, known)}")]
