"""Whose kitchen a channel is: settings of each server, kept in SQL, and which conversation a message belongs to."""

import time
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sqlalchemy import Boolean, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.platforms.discord.address import PLATFORM, Address, origin
from bot.store import Base, Chat, Store, TurnRow

FRESH_S = 10.0
Sessions = Literal["thread", "cook", "channel"]
SESSIONS: dict[str, str] = {
    "thread": "one kitchen per thread, one per cook elsewhere",
    "cook": "every cook has their own",
    "channel": "everybody in a channel or thread shares one",
}
UNITS: dict[str, str] = {
    "": "by language: US where people cook in cups, else metric",
    "recipe": "as written",
    "metric": "metric",
    "us": "US",
}


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """How the bot behaves in a server.

    Attributes:
        sessions: Who shares a conversation, one of :data:`SESSIONS`.
        units: Units that new conversations begin with, one of :data:`UNITS`.
        threads: Whether ``/cook`` in a channel opens a thread.
    """

    sessions: str = "thread"
    units: str = ""
    threads: bool = True


class GuildRow(Base):
    """Settings of one server."""

    __tablename__ = "discord_guilds"
    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    sessions: Mapped[str] = mapped_column(String(20), default="thread")
    units: Mapped[str] = mapped_column(String(20), default="")
    threads: Mapped[bool] = mapped_column(Boolean, default=True)


class Kitchens:
    """The table of server settings, and questions to the log about Discord's channels. Blocks; call it in a thread.

    Args:
        store: The database.
        shared: Whether other processes change settings, too: then they are read again after a while.

    Raises:
        StoreError: From every method, if the database cannot be used.
    """

    def __init__(self, store: Store, shared: bool = False) -> None:
        self.store, self._shared = store, shared
        self._known: dict[int, GuildSettings] = {}
        self._read = time.monotonic()

    def known(self, guild: int | None) -> GuildSettings | None:
        """Settings of a server if they were read before; the defaults for direct messages. Does not block."""
        if self._shared and time.monotonic() - self._read > FRESH_S:
            self._known.clear()
            self._read = time.monotonic()
        return GuildSettings() if guild is None else self._known.get(guild)

    def of(self, guild: int | None) -> GuildSettings:
        """Settings of a server; the defaults for direct messages."""
        if guild is None:
            return GuildSettings()
        if (found := self._known.get(guild)) is None:
            with self.store.read() as db:
                row = db.get(GuildRow, str(guild))
            found = GuildSettings() if row is None else GuildSettings(row.sessions, row.units, row.threads)
            self._known[guild] = found
        return found

    def change(self, guild: int, **changes: Any) -> GuildSettings:
        """Change settings of a server; what they are then."""
        changed = replace(self.of(guild), **changes)
        with self.store.write() as db:
            row = db.get(GuildRow, str(guild))
            if row is None:
                row = GuildRow(id=str(guild))
                db.add(row)
            for key, value in asdict(changed).items():
                setattr(row, key, value)
        self._known[guild] = changed
        return changed

    def last_seen(self, since: float, most: int = 500) -> dict[int, int]:
        """Channels in which something was said after ``since``, with the snowflake of the last that was logged."""
        query = (
            select(Chat.key, func.max(TurnRow.id))
            .join(TurnRow, TurnRow.chat_id == Chat.id)
            .where(Chat.platform == PLATFORM, TurnRow.received >= since)
            .group_by(Chat.key)
            .order_by(func.max(TurnRow.id).desc())
            .limit(most)
        )
        seen: dict[int, int] = {}
        with self.store.read() as db:
            last = {turn: Address.parse(key).channel for key, turn in db.execute(query).all()}
            rows = db.execute(select(TurnRow.id, TurnRow.message_id).where(TurnRow.id.in_(last))).all()
        for turn, id_ in rows:
            seen[last[turn]] = max(seen.get(last[turn], 0), origin(id_))
        return seen

    def logged(self, address: Address, message: int) -> str | None:
        """What a message said when it (or its last edit) was logged; None if it was not."""
        query = (
            select(TurnRow.utterance)
            .join(Chat, Chat.id == TurnRow.chat_id)
            .where(Chat.key == f"{PLATFORM}:{address}")
            .where((TurnRow.message_id == str(message)) | TurnRow.message_id.like(f"{message}.e%"))
            .order_by(TurnRow.id.desc())
            .limit(1)
        )
        with self.store.read() as db:
            return db.scalar(query)


def address(channel: int, user: int, guild: int | None, thread: bool, sessions: str) -> Address:
    """The conversation that a message belongs to.

    Args:
        channel: Where it was written.
        user: Who wrote it.
        guild: The server, or None for direct messages.
        thread: Whether the channel is a thread.
        sessions: The server's setting.
    """
    if guild is None:
        return Address(channel)
    shared = thread if sessions == "thread" else sessions == "channel"
    return Address(channel) if shared else Address(channel, user)
