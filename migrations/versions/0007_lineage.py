"""What models were trained on and with, and the jobs that train one of them once more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add it; of models that there are already it is not known."""
    op.add_column("models", sa.Column("dataset_sha256", sa.String(length=64), nullable=True))
    op.add_column("models", sa.Column("environment", sa.JSON(), nullable=True))
    op.add_column("jobs", sa.Column("reproduces", sa.String(length=40), nullable=True))
    op.add_column("jobs", sa.Column("reproduction", sa.String(length=16), nullable=True))
    op.create_index("ix_jobs_reproduces", "jobs", ["reproduces"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_jobs_reproduces", "jobs")
    op.drop_column("jobs", "reproduction")
    op.drop_column("jobs", "reproduces")
    op.drop_column("models", "environment")
    op.drop_column("models", "dataset_sha256")
