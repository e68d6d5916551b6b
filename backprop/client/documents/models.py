"""Models, how two of them differ, and the aliases that point at them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backprop.client.documents.document import Document, Json


@dataclass(frozen=True, kw_only=True)
class ModelRef(Document):
    """A model by id, and by name and version; `sha256` where a prediction names it."""

    id: str
    name: str
    version: int
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class Model(Document):
    """A model; lists show it without its `spec`, `environment` and the digest of its data."""

    id: str
    name: str
    version: int
    job: str | None
    sha256: str
    features: Sequence[str]
    classes: Sequence[str | bool | float] | None
    metrics: Mapping[str, Any] | None
    aliases: Sequence[str] | None
    tags: Mapping[str, str] | None
    note: str | None
    created_at: datetime
    dataset_sha256: str | None
    environment: Mapping[str, str] | None
    spec: Json | None

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"created_at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class Comparison(Document):
    """Two models side by side: `metrics` has left, right and difference in the place of each figure.

    `spec` has left and right of each part in which the specs differ, by its `pointer`, `lineage` of what else was not
    the same, by its `name`.
    """

    left: ModelRef
    right: ModelRef
    same_weights: bool
    metrics: Mapping[str, Mapping[str, Any]]
    spec: Sequence[Json]
    lineage: Sequence[Json]

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"left": ModelRef.of, "right": ModelRef.of}


@dataclass(frozen=True, kw_only=True)
class Alias(Document):
    """An alias, the version that it points at, and that one's id as `model`; `etag` changes with every move."""

    name: str
    alias: str
    version: int
    model: str
    moved_at: datetime
    moved_by: str
    etag: str | None

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"moved_at": datetime.fromisoformat}


@dataclass(frozen=True, kw_only=True)
class AliasMove(Document):
    """A move of an alias: its `kind` is "set", "rolled_back" or "deleted"; a version of None stands for none."""

    number: int
    kind: str
    from_version: int | None
    to_version: int | None
    at: datetime
    by: str

    @classmethod
    def _parsers(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"at": datetime.fromisoformat}
