"""Times as text: RFC 3339, in UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def time_text(microseconds: float) -> str:
    """Return whole microseconds since 1970 as text, such as `2030-01-31T12:00:00Z`."""
    moment = EPOCH + timedelta(microseconds=int(microseconds))
    return moment.isoformat(timespec="auto").replace("+00:00", "Z")


def microseconds_of(text: str) -> float:
    """Return the microseconds since 1970 of an ISO 8601 time or date, UTC's without a zone. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return float((zoned - EPOCH) // MICROSECOND)
