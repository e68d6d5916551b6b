"""Datasets: uploaded ones, their rows, and those that are built in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backprop.client.documents.document import Document, Json


@dataclass(frozen=True, kw_only=True)
class Dataset(Document):
    """A dataset; each of `columns` has its name, kind, count of missing values and notes, alone its statistics too."""

    id: str
    name: str | None
    format: str
    bytes: int | None
    sha256: str
    rows: int
    columns: Sequence[Json]
    created_at: datetime

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"created_at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class Rows(Document):
    """Some rows of a dataset, of `total`, their cells in the order of `columns`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    offset: int
    total: int


@dataclass(frozen=True, kw_only=True)
class BuiltinSet(Document):
    """A set of data that is always there; `columns` are name and kind of each."""

    name: str
    description: str
    rows: int
    columns: Sequence[Mapping[str, str]]
    target: str
    task: str
