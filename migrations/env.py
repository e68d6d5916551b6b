"""What Alembic runs: the migrations, over the connection that `migrate` hands in."""

from alembic import context

from backprop.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # SQLite's too, since our transactions begin with BEGIN IMMEDIATE
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
