"""Announcements of timers that were begun: after a crash they are looked for (``bot.deliveries``)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("timer_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["timer_id"], ["timers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("timer_id"),
    )
