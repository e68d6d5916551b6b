"""What is removed by itself: whatever nothing names any more. Jobs and models stay until somebody deletes them."""

from sqlalchemy import delete, exists, select

from backprop.store import blobs, presence, tallies
from backprop.store.database import Database, clock
from backprop.store.tables import Dataset, IdempotencyKey, Job, Model

KEY_SECONDS = 24 * 3600.0
DATASET_SECONDS = 3600.0


def sweep(db: Database) -> None:
    """Remove dead processes' rows, spent idempotency keys, unnamed inline datasets, files of no row; fold tallies."""
    presence.sweep(db)
    _sweep_keys(db)
    _sweep_datasets(db)
    blobs.sweep(db)
    tallies.fold(db)


def _sweep_keys(db: Database) -> None:
    # A key is kept for a day, or as long as its job if that is longer.
    spent = ~exists().where(Job.id == IdempotencyKey.job_id)
    with db.writing() as session:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < clock() - KEY_SECONDS, spent))


def _sweep_datasets(db: Database) -> None:
    unnamed = select(Dataset).where(
        Dataset.inline,
        Dataset.created_at < clock() - DATASET_SECONDS,
        ~exists().where(Job.dataset_id == Dataset.id),
        ~exists().where(Model.dataset_id == Dataset.id),
    )
    with db.writing() as session:
        for row in session.scalars(unnamed.with_for_update(skip_locked=True)).all():
            blobs.drop(db, session, row.blob_id)
            session.delete(row)
