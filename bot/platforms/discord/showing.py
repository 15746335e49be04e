"""One reply on its way to its cook: the text as it is made, the whole at the end; noted at every step.

What was begun is brought to its end by editing, and what is repeated carries the nonce it had: so a reply is there
once, however often it was begun.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable

from bot.host import Host
from bot.messages import Reply
from bot.platforms.discord import cards
from bot.platforms.discord.cards import Part
from bot.platforms.discord.outbox import Gone, Refused
from bot.platforms.discord.surfaces import Surface
from bot.platforms.discord.text import CONTENT, inert, shortened

log = logging.getLogger(__name__)
HOLD_S = 0.35  # a reply that is ready by then is sent whole, in one request
EDIT_EVERY_S = 1.2  # Discord takes five edits in five seconds per channel
EDITED = "(You changed your message.)"
UNSHOWABLE = "I have an answer, but Discord does not let me show it: please ask me in other words."
_ORDINALS = ("next", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class Showing:
    """Shows one reply.

    Args:
        host: Where deliveries are noted.
        surface: Where it is shown.
        turn_id: The turn that is answered.
        note: What stands before the reply, or "".
        begun: Messages that hold the beginning of the reply already (after a crash).
        typing: Lets the channel show that the bot types.
    """

    def __init__(
        self,
        host: Host,
        surface: Surface,
        turn_id: int,
        note: str = "",
        begun: tuple[str, ...] = (),
        typing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._host, self._surface, self._turn, self._note = host, surface, turn_id, note
        self._shown = list(begun)
        self._noted = bool(begun)
        self._text, self._news = "", asyncio.Event()
        self._busy = asyncio.Lock()  # one request of this reply at a time
        self._over = asyncio.Event()
        self._tasks = [asyncio.create_task(self._keep_editing())]
        if typing is not None and not surface.thinking:
            self._tasks.append(asyncio.create_task(self._type(typing)))

    def on_text(self, piece: str) -> None:
        """A piece of the text is ready."""
        self._text += piece
        self._news.set()

    async def on_wait(self, position: int) -> None:
        """The message has to wait; the notice becomes the reply later."""
        if not self._text:
            await self._begin(Part(f"⏳ I am busy: you are {ordinal(position)} in line."))

    async def finish(self, reply: Reply) -> None:
        """Show the whole reply and note that it is there.

        Raises:
            StoreError: It could not be noted.
            Exception: The bot is about to stop and it could not be sent; it is after the next start.
        """
        await self.close()
        try:
            await self._put_all(cards.parts(reply, self._note))
        except Gone as error:
            log.info("Reply %d cannot reach its channel: %s", self._turn, error)
        except Refused:
            log.exception("Discord refused reply %d.", self._turn)
            with contextlib.suppress(Gone, Refused):
                await self._surface.tell(UNSHOWABLE)
        await self._host.sent(reply.id, tuple(self._shown))

    async def tell(self, sentence: str) -> None:
        """Say something instead of the reply, which stays undelivered."""
        await self.close()
        with contextlib.suppress(Gone, Refused):
            if self._shown:
                await self._put(0, Part(inert(sentence)))
            else:
                await self._surface.tell(inert(sentence))

    async def close(self) -> None:
        """Show nothing more that is not the end."""
        self._over.set()
        self._news.set()
        if not self._busy.locked():  # a request that is out is waited for: what it made must be known
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _put_all(self, parts: list[Part]) -> None:
        for number, part in enumerate(parts):
            await self._put(number, part)
            if number < len(parts) - 1:
                await self._host.sending(self._turn, tuple(self._shown))

    async def _put(self, number: int, part: Part) -> None:
        """Make a part be there: edit the message that holds it, or send a new one."""
        async with self._busy:
            again = ""
            if number < len(self._shown):
                try:
                    await self._surface.edit(self._shown[number], part)
                    return
                except Gone:  # somebody deleted it
                    del self._shown[number:]
                    again = "r"
            if not self._noted:
                await self._host.sending(self._turn)
                self._noted = True
            self._shown.append(await self._surface.create(part, f"{self._turn}-{number}{again}"))

    async def _begin(self, part: Part) -> None:
        """Show a beginning; a new message is noted, so that it can be brought to its end after a crash."""
        with contextlib.suppress(Gone, Refused):
            new = not self._shown
            await self._put(0, part)
            if new:
                await self._host.sending(self._turn, tuple(self._shown))

    async def _keep_editing(self) -> None:
        await self._news.wait()
        await self._pause(HOLD_S)
        while not self._over.is_set():
            self._news.clear()
            begun = time.monotonic()
            text = inert(" ".join(filter(None, (self._note, self._text.strip()))))
            await self._begin(Part(shortened(text, CONTENT - 2) + " …"))
            await self._pause(EDIT_EVERY_S - (time.monotonic() - begun))
            await self._news.wait()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not beyond the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), max(0.0, seconds))

    async def _type(self, typing: Callable[[], Awaitable[None]]) -> None:
        await self._pause(HOLD_S)
        if not self._over.is_set() and not self._text:
            with contextlib.suppress(Exception):  # a courtesy
                await typing()


def ordinal(position: int) -> str:
    """The place in a line, in words: 1 is "next"."""
    return _ORDINALS[position - 1] if position <= len(_ORDINALS) else f"number {position}"
