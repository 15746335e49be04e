"""What was said while nobody listened: read from the history of the channels that the bot knows.

The gateway repeats what a connection missed only if its session can be resumed. A new session (after a restart, or an
invalid session) starts from now. So at its beginning every channel in which something was logged lately is read from
there on; what was logged already is recognised by its id and left alone.
"""

import asyncio
import logging
from functools import partial
from typing import Any

import discord

from bot.host import KEPT_S
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.outbox import Gone, Refused

log = logging.getLogger(__name__)
AT_ONCE = 8  # channels that are read side by side
OVERLAP_MS = 10_000  # messages may come out of order: look a little behind the last one
MOST = 1000  # per channel; in a busy one few of them are for the bot
EPOCH_MS = 1_420_070_400_000


class CatchingUp:
    """Reads what was missed.

    Args:
        desk: Takes the messages in.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._room = asyncio.Semaphore(AT_ONCE)

    def begin(self) -> None:
        """A new session: put reading first in the lane of every known channel, so that what comes now waits for it."""
        for channel, seen in list(self._desk.seen.items()):
            self._desk.arrivals.put(str(channel), 0, partial(self._read, channel, seen))

    async def _read(self, channel: int, seen: int) -> None:
        async with self._room:
            try:
                missed = await self._desk.outbox.insist(lambda: self._history(channel, seen))
                if not missed:
                    return
                whole = await self._desk.outbox.insist(lambda: self._whole(channel))
            except (Gone, Refused) as error:
                log.info("Channel %d cannot be read any more: %s", channel, error)
                self._desk.seen.pop(channel, None)
                return
        for message in missed:
            await self._desk.take_message(message, whole)

    async def _history(self, channel: int, seen: int) -> list[discord.Message]:
        now_ms = int(self._desk.host.assistant.clock() * 1000)
        oldest = max(0, now_ms - int(KEPT_S * 1000) - EPOCH_MS) << 22
        after = max(oldest, seen - (OVERLAP_MS << 22))
        where = (await self._desk.client()).get_partial_messageable(channel)
        found = [m async for m in where.history(limit=MOST, after=discord.Object(after), oldest_first=True)]
        return [m for m in found if not m.author.bot]

    async def _whole(self, channel: int) -> Any:
        return await (await self._desk.client()).fetch_channel(channel)
