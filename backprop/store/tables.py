"""The tables. Times are seconds since 1970 by the database's clock, float64: a PostgreSQL REAL would lose minutes."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from backprop.store.states import Kind, MoveKind, Request, State, Verdict

REVISION = "0009"  # the newest migration: a database at another one is not used
ID = String(40)
NAME = String(100)
SHA256 = String(64)


class Base(DeclarativeBase):
    """What all tables share: how Python's types are stored."""

    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        float: Double(),
        bytes: LargeBinary(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


class SchemaVersion(Base):
    """The migration that this database is at; Alembic's own table."""

    __tablename__ = "alembic_version"

    version_num: Mapped[str] = mapped_column(String(32), primary_key=True)


class Job(Base):
    """A job, a training or a prediction: its state and progress. Small, since every poll reads it; specs have a table.

    `claim` counts how often a worker took the job and is the fencing token of every write that worker makes. `epoch` of
    `epochs` are a prediction's rows, and `model_id` is what a training made and what a prediction predicts by.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("jobs_queue", "state", "priority", "queued_at", "id"),
        Index("jobs_owner", "owner", "id"),
        Index("jobs_name", "owner", "name", "id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str] = mapped_column(NAME)
    kind: Mapped[Kind] = mapped_column(String(16), default="training", server_default="training")
    name: Mapped[str] = mapped_column(NAME)
    state: Mapped[State] = mapped_column(String(16))
    requested: Mapped[Request | None] = mapped_column(String(16))
    stop_reason: Mapped[str | None] = mapped_column(String(32))
    priority: Mapped[int] = mapped_column(Integer)
    claim: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[float | None]
    queued_at: Mapped[float]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    epoch: Mapped[int] = mapped_column(Integer, default=0)
    epochs: Mapped[int] = mapped_column(Integer)
    seconds: Mapped[float] = mapped_column(default=0.0)
    samples_per_second: Mapped[float | None]
    crashes: Mapped[int] = mapped_column(Integer, default=0)
    crashes_in_a_row: Mapped[int] = mapped_column(Integer, default=0)
    dataset_id: Mapped[str | None] = mapped_column(ID, index=True)
    start_from: Mapped[str | None] = mapped_column(ID, index=True)
    reproduces: Mapped[str | None] = mapped_column(ID, index=True)
    reproduction: Mapped[Verdict | None] = mapped_column(String(16))
    model_id: Mapped[str | None] = mapped_column(ID, index=True)
    results: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    labels: Mapped[dict[str, Any]]


class Spec(Base):
    """The complete spec of a job."""

    __tablename__ = "specs"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    spec: Mapped[dict[str, Any]]


class IdempotencyKey(Base):
    """A key that a client sent with a submission, and the job that came of it."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(NAME, primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    digest: Mapped[str] = mapped_column(SHA256)
    job_id: Mapped[str] = mapped_column(ID, index=True)
    created_at: Mapped[float]


class Checkpoint(Base):
    """The one point that a job continues from: after `batch` batches of the epoch that follows `epoch` whole ones."""

    __tablename__ = "checkpoints"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    claim: Mapped[int] = mapped_column(Integer)
    epoch: Mapped[int] = mapped_column(Integer)
    batch: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]
    blob_id: Mapped[str] = mapped_column(ID)
    saved_at: Mapped[float]


class ResultPart(Base):
    """What a prediction made of `rows` rows of its data from `first_row` on, `rejected` of which it could not score."""

    __tablename__ = "result_parts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    first_row: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rows: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    blob_id: Mapped[str] = mapped_column(ID)


class MetricsChunk(Base):
    """The metrics of `count` epochs from `first_epoch` on: `count` little-endian float64 for each name in `columns`."""

    __tablename__ = "metrics"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    first_epoch: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    columns: Mapped[list[str]]
    content: Mapped[bytes]


class Evaluation(Base):
    """What an ended job's network made of some of its rows: those of the part `rows`, `count` in all.

    A classification has a report; a regression has its targets and pairs, which are little-endian float64, (2, kept
    rows, targets): the true values of some rows, and then the predicted ones.
    """

    __tablename__ = "evaluations"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    rows: Mapped[str] = mapped_column(String(16))
    count: Mapped[int] = mapped_column(BigInteger)
    report: Mapped[dict[str, Any] | None]
    targets: Mapped[list[str] | None]
    pairs: Mapped[bytes | None]


class Event(Base):
    """Something that happened to a job, written in the transaction in which it happened."""

    __tablename__ = "events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[float]
    kind: Mapped[str] = mapped_column(String(32))
    claim: Mapped[int] = mapped_column(Integer)
    data: Mapped[dict[str, Any]]


class Model(Base):
    """A trained model: what predict needs, and where it came from. Immutable, but for tags and note."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("owner", "name", "version", name="models_version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str] = mapped_column(NAME)
    name: Mapped[str] = mapped_column(NAME)
    version: Mapped[int] = mapped_column(Integer)
    job_id: Mapped[str] = mapped_column(ID, index=True)
    dataset_id: Mapped[str | None] = mapped_column(ID, index=True)
    dataset_sha256: Mapped[str | None] = mapped_column(SHA256)
    environment: Mapped[dict[str, Any] | None]
    sha256: Mapped[str] = mapped_column(SHA256)
    blob_id: Mapped[str] = mapped_column(ID)
    spec: Mapped[dict[str, Any]]
    encoding: Mapped[dict[str, Any]]
    metrics: Mapped[dict[str, Any]]
    tags: Mapped[dict[str, Any]]
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[float]


class ModelCounter(Base):
    """The last version given out under a name; versions are never used again."""

    __tablename__ = "model_counters"

    owner: Mapped[str] = mapped_column(NAME, primary_key=True)
    name: Mapped[str] = mapped_column(NAME, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class Alias(Base):
    """A name that points at one version of a model; `move` is the number of the move that brought it there."""

    __tablename__ = "aliases"

    owner: Mapped[str] = mapped_column(NAME, primary_key=True)
    name: Mapped[str] = mapped_column(NAME, primary_key=True)
    alias: Mapped[str] = mapped_column(NAME, primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), index=True)
    move: Mapped[int] = mapped_column(Integer)


class AliasMove(Base):
    """A move of an alias, kept for good; `before` is the number of the move that a rollback leads back to."""

    __tablename__ = "alias_moves"

    owner: Mapped[str] = mapped_column(NAME, primary_key=True)
    name: Mapped[str] = mapped_column(NAME, primary_key=True)
    alias: Mapped[str] = mapped_column(NAME, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[MoveKind] = mapped_column(String(16))
    from_version: Mapped[int | None] = mapped_column(Integer)
    to_version: Mapped[int | None] = mapped_column(Integer)
    before: Mapped[int | None] = mapped_column(Integer)
    at: Mapped[float]
    by: Mapped[str] = mapped_column(NAME)


class Dataset(Base):
    """Rows that were sent in, kept once an owner by the digest of their bytes."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("owner", "sha256", name="datasets_content"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str] = mapped_column(NAME)
    name: Mapped[str | None] = mapped_column(NAME)
    sha256: Mapped[str] = mapped_column(SHA256)
    inline: Mapped[bool]  # came inside a job, and goes when nothing names it any more
    blob_id: Mapped[str] = mapped_column(ID)
    description: Mapped[dict[str, Any]]
    statistics: Mapped[list[dict[str, Any]] | None] = mapped_column(deferred=True)  # an entry a column: it may be long
    created_at: Mapped[float]


class Blob(Base):
    """Bytes that one row of another table names: in `content`, or in a file where there are many."""

    __tablename__ = "blobs"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    sha256: Mapped[str] = mapped_column(SHA256)
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes | None]


class Tally(Base):
    """How often something happened and what it came to: `count` values of at most `bound`, with their sum."""

    __tablename__ = "tallies"

    # SQLite counts up an INTEGER key alone.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(String(32))
    bound: Mapped[float]
    count: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[float]


class Worker(Base):
    """A process that works for this database, and when it last said so."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    slots: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[float]
    beaten_at: Mapped[float] = mapped_column(index=True)
