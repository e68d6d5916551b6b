"""What the documentation says of one operation beside what is read off its view."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.docs.bodies import Body
from service.docs.samples import Sample


@dataclass(frozen=True)
class Operation:
    """The documentation of one operation: `answers` are examples by status, `texts` those of 200 by content type."""

    text: str
    answers: Mapping[int, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    sample: Sample = field(default_factory=Sample)
