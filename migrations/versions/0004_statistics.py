"""The statistics of a dataset's columns."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them."""
    op.add_column("datasets", sa.Column("statistics", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("datasets", "statistics")
