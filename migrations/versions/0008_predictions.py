"""Predictions: jobs of another kind, with their results in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Tell jobs' kinds apart, find those that need a model, and make room for results."""
    op.add_column("jobs", sa.Column("kind", sa.String(length=16), server_default="training", nullable=False))
    op.create_index("ix_jobs_model_id", "jobs", ["model_id"])
    op.create_table(
        "result_parts",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("first_row", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "first_row"),
    )


def downgrade() -> None:
    """Remove all that."""
    op.drop_table("result_parts")
    op.drop_index("ix_jobs_model_id", "jobs")
    op.drop_column("jobs", "kind")
