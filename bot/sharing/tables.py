"""The tables of :mod:`bot.sharing`. All moments but those of the log are by the database's clock."""

from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store import Base


class MemberRow(Base):
    """A process that serves, or one that did until a moment ago. ``id`` is its fencing token, never given again."""

    __tablename__ = "members"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    since: Mapped[float] = mapped_column(Float)
    until: Mapped[float] = mapped_column(Float)


class ClaimRow(Base):
    """Something that one member does: a chat (by its key), or a role ("role:telegram updates")."""

    __tablename__ = "claims"
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    member: Mapped[int] = mapped_column(Integer, index=True)


class InboxRow(Base):
    """A message whose reply is not delivered.

    ``queued`` is when it took its place in the line, ``tries`` how often somebody began to answer it. ``parked``: it
    failed, and is tried again when the next process starts. ``details`` is what the platform needs to answer it.
    """

    __tablename__ = "inbox"
    __table_args__ = (Index("ix_inbox_chat", "platform", "chat_key", "turn_id"),)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    platform: Mapped[str] = mapped_column(String(40))
    chat_key: Mapped[str] = mapped_column(String(200))
    queued: Mapped[float] = mapped_column(Float)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    parked: Mapped[bool] = mapped_column(Boolean, default=False)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
