"""Retries: how often, and after how long, a request that was not answered is sent again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Retries:
    """Up to `attempts` requests with pauses that double from `first` seconds up to `longest`.

    The defaults bridge the ten seconds for which a service may be away while it is replaced. A service that asks for a
    pause of its own (Retry-After) gets it, up to `patience` seconds.
    """

    attempts: int = 8
    first: float = 0.1
    longest: float = 4.0
    patience: float = 60.0

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to wait before the second, third … attempt, each cut by up to half.

        The cut is random: many clients that lost a service at once shall not come back at once.
        """
        for attempt in range(self.attempts - 1):
            yield min(self.first * 2.0**attempt, self.longest) * random.uniform(0.5, 1.0)  # noqa: S311  no secret


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, be it a number or a date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
