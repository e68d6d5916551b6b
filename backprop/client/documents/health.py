"""The service's own health."""

from dataclasses import dataclass

from backprop.client.documents.document import Document


@dataclass(frozen=True, kw_only=True)
class Health(Document):
    """How a service is, and how many workers with how many slots it has."""

    status: str
    database: str | None
    broker: str | None
    workers: int | None
    slots: int | None
