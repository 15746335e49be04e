"""Run by Alembic: the migrations, on the connection and in the transaction that :func:`bot.schema.upgrade` gives it."""

from typing import Any

from alembic import context

from bot.schema import VERSION_TABLE, models


def ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table is the project's; TruLens keeps its own in the same database, and moves them itself."""
    return kind != "table" or name in models().tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models(),
    version_table=VERSION_TABLE,
    include_name=ours,
    render_as_batch=True,  # SQLite cannot change a column in place
)
with context.begin_transaction():
    context.run_migrations()
