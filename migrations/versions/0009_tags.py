"""What people say of models: tags and a note."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add both; nothing has been said yet."""
    op.add_column("models", sa.Column("tags", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("models", sa.Column("note", sa.Text(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("models", "note")
    op.drop_column("models", "tags")
