"""Metrics: a job's figures an epoch, in chunks of columns, so that a million epochs are a few hundred rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, bindparam, delete, select
from sqlalchemy.orm import Session

from backprop.store.database import Database
from backprop.store.jobs.decimation import pick
from backprop.store.tables import MetricsChunk

CHUNK_EPOCHS = 1024  # a chunk grows until it holds as many

# Where epochs are left out, the extremes of both losses are kept, and then of all columns but these.
LOSSES = ("loss", "validation_loss")
PLAIN = frozenset({"epoch", "accuracy", "validation_accuracy", "learning_rate", "seconds"})

HEALTH = "health "  # begins the names of columns that most chunks do not have

_SINCE = (  # made once: putting it together takes longer than running it
    select(MetricsChunk)
    .where(
        MetricsChunk.job_id == bindparam("of"),
        MetricsChunk.first_epoch + MetricsChunk.count - 1 > bindparam("since", type_=BigInteger()),
    )
    .order_by(MetricsChunk.first_epoch)
)

Columns = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class NewMetrics:
    """Figures of consecutive epochs from `first_epoch` (counted from 1) on: for each name one value an epoch.

    NaN stands for a value that there is not. `health` are columns of the few epochs that were looked at more closely,
    and empty where none of these was.
    """

    first_epoch: int
    columns: Mapping[str, Sequence[float] | NDArray[np.float64]]
    health: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many epochs these are."""
        return len(next(iter(self.columns.values())))


def append(session: Session, job_id: str, new: NewMetrics) -> None:
    """Add epochs that follow the stored ones; the last chunk grows while it is small."""
    if new.count == 0:
        return
    given = {**new.columns, **{HEALTH + name: values for name, values in new.health.items()}}
    columns = {name: np.asarray(values, np.float64) for name, values in given.items()}
    last = session.scalar(
        select(MetricsChunk)
        .where(MetricsChunk.job_id == job_id)
        .order_by(MetricsChunk.first_epoch.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if last is not None and last.count < CHUNK_EPOCHS and last.columns == list(columns):
        grown = {name: np.concatenate([values, columns[name]]) for name, values in _unpack(last).items()}
        _fill(last, grown)
    else:
        chunk = MetricsChunk(job_id=job_id, first_epoch=new.first_epoch)
        _fill(chunk, columns)
        session.add(chunk)
    session.flush()


def truncate(session: Session, job_id: str, epoch: int) -> None:
    """Remove what lies beyond `epoch` whole epochs: the job continues from there and will write it again."""
    session.execute(delete(MetricsChunk).where(MetricsChunk.job_id == job_id, MetricsChunk.first_epoch > epoch))
    spanning = session.scalar(
        select(MetricsChunk).where(
            MetricsChunk.job_id == job_id, MetricsChunk.first_epoch + MetricsChunk.count - 1 > epoch
        )
    )
    if spanning is not None:
        keep = epoch - spanning.first_epoch + 1
        _fill(spanning, {name: values[:keep] for name, values in _unpack(spanning).items()})
        session.flush()


def read(db: Database, job_id: str, since: int = 0, max_points: int | None = None) -> Columns:
    """Return the columns after epoch `since`, "epoch" first: of all epochs, or of at most `max_points` of them.

    The first and the last epoch are always among them, and the extremes of both losses and of what was measured beside
    them (see `decimation`).
    """
    columns = _read(db, job_id, since)
    columns = {name: values for name, values in columns.items() if not name.startswith(HEALTH)}
    count = len(columns["epoch"])
    if max_points is None or count <= max_points:
        return columns
    curves = [name for name in LOSSES if name in columns]
    curves += [name for name in columns if name not in PLAIN and name not in LOSSES]
    picked = pick([columns[name] for name in curves], max_points)
    return {name: values[picked] for name, values in columns.items()}


def health(db: Database, job_id: str) -> Columns:
    """Return what was seen of a job's layers, "epoch" first, of the epochs that were looked at."""
    columns = _read(db, job_id, 0)
    seen = {name.removeprefix(HEALTH): values for name, values in columns.items() if name.startswith(HEALTH)}
    looked = np.isfinite(list(seen.values())).any(axis=0) if seen else np.zeros(len(columns["epoch"]), bool)
    return {name: values[looked] for name, values in {"epoch": columns["epoch"], **seen}.items()}


def _read(db: Database, job_id: str, since: int) -> Columns:
    """Return every column that a chunk has, NaN standing where another chunk has not."""
    with db.reading() as session:
        chunks = [_since(chunk, since) for chunk in session.scalars(_SINCE, {"of": job_id, "since": since})]
    if not chunks:
        return {"epoch": np.empty(0)}
    names = dict.fromkeys(name for chunk in chunks for name in chunk)
    return {name: np.concatenate([_column(chunk, name) for chunk in chunks]) for name in names}


def _column(chunk: Columns, name: str) -> NDArray[np.float64]:
    return chunk[name] if name in chunk else np.full(len(chunk["epoch"]), np.nan)


def _since(chunk: MetricsChunk, since: int) -> Columns:
    first = max(chunk.first_epoch, since + 1)
    skipped = first - chunk.first_epoch
    epochs = np.arange(first, chunk.first_epoch + chunk.count, dtype=np.float64)
    return {"epoch": epochs} | {name: values[skipped:] for name, values in _unpack(chunk).items()}


def _unpack(chunk: MetricsChunk) -> Columns:
    values = np.frombuffer(chunk.content, "<f8").reshape(len(chunk.columns), chunk.count)
    return dict(zip(chunk.columns, values, strict=True))


def _fill(chunk: MetricsChunk, columns: Mapping[str, NDArray[np.float64]]) -> None:
    table = np.stack(list(columns.values())).astype("<f8")
    chunk.columns = list(columns)
    chunk.count = table.shape[1]
    chunk.content = table.tobytes()
