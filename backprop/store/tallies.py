"""Tallies: what has happened since the database was made, kept so that deleting a job takes nothing away.

Each is a row of its own, added in the transaction in which it happened: transactions that all updated one row would
wait for each other. The keeper folds them together now and then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from backprop.store.database import Database
from backprop.store.tables import Tally

Name = Literal["queue_seconds", "job_seconds", "epochs", "crashes", "lost_leases"]

BOUNDS = (0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, inf)  # what was measured is counted under the first that it fits

_ADD = insert(Tally.metadata.tables[Tally.__tablename__])  # made once: putting it together takes longer than running it


@dataclass
class Tallied:
    """All that was added under one name and label: how often, the sum, and how often under each of BOUNDS."""

    count: int = 0
    total: float = 0.0
    under: dict[float, int] = field(default_factory=lambda: dict.fromkeys(BOUNDS, 0))


def add(session: Session, name: Name, value: float, label: str = "") -> None:
    """Add a value with this transaction: a measure, or how many more there are of what is only counted."""
    session.execute(_ADD, _row(name, label, _bound(value), 1, value))


def read(session: Session) -> Mapping[tuple[str, str], Tallied]:
    """Return what was added, by name and label."""
    kind = (Tally.name, Tally.label, Tally.bound)
    query = select(*kind, func.sum(Tally.count), func.sum(Tally.total)).group_by(*kind)
    found: defaultdict[tuple[str, str], Tallied] = defaultdict(Tallied)
    for name, label, bound, count, total in session.execute(query):
        tallied = found[name, label]
        tallied.count += int(count)
        tallied.total += total
        tallied.under[_bound(bound)] += int(count)
    return found


def fold(db: Database) -> None:
    """Put the rows of one kind together into one, for every kind."""
    columns = (Tally.name, Tally.label, Tally.bound, Tally.count, Tally.total)
    with db.writing() as session:
        rows = session.execute(delete(Tally).returning(*columns).execution_options(synchronize_session=False)).all()
        if rows:
            session.execute(_ADD, [_row(*kind, *sums) for kind, sums in _sums(rows).items()])


def _sums(rows: Iterable[Any]) -> Mapping[tuple[str, str, float], tuple[int, float]]:
    sums: dict[tuple[str, str, float], tuple[int, float]] = {}
    for name, label, bound, count, total in rows:
        before = sums.get((name, label, bound), (0, 0.0))
        sums[name, label, bound] = before[0] + count, before[1] + total
    return sums


def _row(name: str, label: str, bound: float, count: int, total: float) -> dict[str, Any]:
    return {"name": name, "label": label, "bound": bound, "count": count, "total": total}


def _bound(value: float) -> float:
    return next(bound for bound in BOUNDS if value <= bound)
