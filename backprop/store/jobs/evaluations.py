"""Evaluations: what an ended job's network made of the rows that say most of it, kept small."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backprop.store.database import Database
from backprop.store.tables import Evaluation

Rows = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False)
class Pairs:
    """True values and predicted ones of the same rows, both (rows, targets), in the targets' own units."""

    targets: tuple[str, ...]
    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """How the network did on one part of the data, of `count` rows: a report for classes, some pairs for values.

    Neither is there where there are more classes than a report is kept of.
    """

    rows: Rows
    count: int
    report: dict[str, Any] | None = None
    pairs: Pairs | None = None


_ONE = select(Evaluation).where(Evaluation.job_id == bindparam("of"))  # made once, as all that is read often


def add(session: Session, job_id: str, new: Evaluated) -> None:
    """Store an evaluation with this transaction."""
    row = Evaluation(job_id=job_id, rows=new.rows, count=new.count, report=new.report)
    if new.pairs is not None:
        row.targets = [*new.pairs.targets]
        row.pairs = np.stack([new.pairs.truth, new.pairs.predicted]).astype("<f8").tobytes()
    session.add(row)


def read(db: Database, job_id: str) -> Evaluated | None:
    """Return a job's evaluation; None where it has left none."""
    with db.reading() as session:
        row = session.scalar(_ONE, {"of": job_id})
        return None if row is None else Evaluated(row.rows, row.count, row.report, _pairs(row))  # type: ignore[arg-type]


def _pairs(row: Evaluation) -> Pairs | None:
    if row.pairs is None or row.targets is None:
        return None
    truth, predicted = np.frombuffer(row.pairs, "<f8").reshape(2, -1, len(row.targets))
    return Pairs(tuple(row.targets), truth, predicted)
