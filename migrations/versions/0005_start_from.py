"""The model whose parameters a job begins from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it, and its index: a model that a job waits for is not deleted."""
    op.add_column("jobs", sa.Column("start_from", sa.String(length=40), nullable=True))
    op.create_index("ix_jobs_start_from", "jobs", ["start_from"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_jobs_start_from", "jobs")
    op.drop_column("jobs", "start_from")
