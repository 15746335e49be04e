"""All tables of version 0.2.

Versions up to that one numbered no schema and made each table when it was first needed; so what is there already is
left alone.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Integer, Float, Text, Boolean, JSON = sa.Integer(), sa.Float(), sa.Text(), sa.Boolean(), sa.JSON()


def upgrade() -> None:
    table(
        "chats",
        column("id", Integer),
        column("key", sa.String(200)),
        column("platform", sa.String(40)),
        column("user", sa.String(200)),
        column("state", JSON),
        column("created", Float),
        column("updated", Float),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    index("ix_chats_user", "chats", "user")
    table(
        "turns",
        column("id", Integer),
        column("chat_id", Integer),
        column("message_id", sa.String(200)),
        column("user", sa.String(200)),
        column("received", Float),
        column("answered", Float, nullable=True),
        column("utterance", Text),
        column("user_intent", sa.String(40)),
        column("intent", sa.String(40)),
        column("action", sa.String(40)),
        column("shared", JSON),
        column("text", Text),
        column("passages", JSON),
        column("recipe", Text, nullable=True),
        column("step", Integer),
        column("supported", Boolean),
        column("guarded", Boolean),
        column("student", sa.String(120)),
        column("first_token_s", Float),
        column("seconds", Float),
        column("thumb", Integer),
        column("scores", JSON, nullable=True),
        column("details", JSON),
        points("chat_id", "chats.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("chat_id", "message_id"),
    )
    index("ix_turns_chat", "turns", "chat_id", "id")
    index("ix_turns_user", "turns", "user")
    table(
        "timers",
        column("id", Integer),
        column("chat_id", Integer),
        column("label", sa.String(120)),
        column("seconds", Float),
        column("due", Float),
        column("rung", Boolean),
        points("chat_id", "chats.id"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("ix_timers_chat_id", "timers", "chat_id")
    index("ix_timers_due", "timers", "due")
    table(
        "scorings",
        column("turn_id", Integer),
        column("state", sa.String(20)),
        column("attempts", Integer),
        column("context_relevance", Float, nullable=True),
        column("groundedness", Float, nullable=True),
        column("answer_relevance", Float, nullable=True),
        column("lowest", Float, nullable=True),
        column("reasons", JSON),
        column("judge", sa.String(120)),
        column("events", JSON),
        column("at", Float),
        points("turn_id", "turns.id"),
        sa.PrimaryKeyConstraint("turn_id"),
    )
    index("ix_scorings_lowest", "scorings", "lowest")
    index("ix_scorings_state", "scorings", "state", "turn_id")
    table(
        "reviews",
        column("id", Integer),
        column("turn_id", Integer),
        column("reviewer", sa.String(200)),
        column("right", Boolean),
        column("better", Text),
        column("at", Float),
        points("turn_id", "turns.id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("turn_id", "reviewer"),
    )
    index("ix_reviews_turn_id", "reviews", "turn_id")
    table(
        "consents",
        column("user", sa.String(200)),
        column("given", Boolean),
        column("at", Float),
        sa.PrimaryKeyConstraint("user"),
    )
    table(
        "judge_days",
        column("day", sa.String(10)),
        column("calls", Integer),
        column("usd", Float),
        sa.PrimaryKeyConstraint("day"),
    )
    table(
        "judge_cache",
        column("key", sa.String(64)),
        column("scores", JSON),
        column("at", Float),
        sa.PrimaryKeyConstraint("key"),
    )
    index("ix_judge_cache_at", "judge_cache", "at")
    table(
        "jobs",
        column("id", Integer),
        column("kind", sa.String(40)),
        column("state", sa.String(20)),
        column("live", sa.String(10), nullable=True),
        column("stage", sa.String(40)),
        column("done", Float),
        column("left_s", Float, nullable=True),
        column("reason", Text),
        column("by", sa.String(200)),
        column("chat", sa.String(200)),
        column("options", JSON),
        column("result", JSON),
        column("folder", Text),
        column("host", sa.String(200)),
        column("pid", Integer),
        column("deaths", Integer),
        column("cancel", Boolean),
        column("created", Float),
        column("beat", Float),
        column("ended", Float, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live"),
    )
    table(
        "job_news",
        column("id", Integer),
        column("job_id", Integer),
        column("chat", sa.String(200)),
        column("text", Text),
        column("at", Float),
        column("told", Boolean),
        points("job_id", "jobs.id"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("ix_job_news_told", "job_news", "told", "id")
    table(
        "deliveries",
        column("turn_id", Integer),
        column("state", sa.String(20)),
        column("message_ids", JSON),
        column("attempts", Integer),
        column("at", Float),
        points("turn_id", "turns.id"),
        sa.PrimaryKeyConstraint("turn_id"),
    )
    table(
        "admin_log",
        column("id", Integer),
        column("user", sa.String(200)),
        column("command", sa.String(40)),
        column("text", Text),
        column("allowed", Boolean),
        column("at", Float),
        sa.PrimaryKeyConstraint("id"),
    )
    index("ix_admin_log_user", "admin_log", "user")
    table(
        "discord_guilds",
        column("id", sa.String(20)),
        column("sessions", sa.String(20)),
        column("units", sa.String(20)),
        column("threads", Boolean),
        sa.PrimaryKeyConstraint("id"),
    )


def table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(name, *parts, if_not_exists=True)


def index(name: str, table_name: str, *columns: str) -> None:
    op.create_index(name, table_name, list(columns), if_not_exists=True)


def column(name: str, kind: sa.types.TypeEngine[Any], nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def points(name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], ondelete="CASCADE")
