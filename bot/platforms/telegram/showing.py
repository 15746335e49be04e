"""One reply on its way to its cook: typing, the text as it is made, the whole at the end; noted at every step.

What was begun is always brought to its end by editing, so that a reply is one message (or a few, if it is long) however
often it was begun.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable

from telegram import InlineKeyboardMarkup

from bot.errors import StoreError
from bot.host import Host
from bot.messages import Reply
from bot.platforms.telegram import render
from bot.platforms.telegram.address import Address, is_edit, is_press, origin
from bot.platforms.telegram.incoming import help_text
from bot.platforms.telegram.limiter import Limiter
from bot.platforms.telegram.sender import Gone, Sender
from bot.platforms.telegram.whereabouts import UNSURE

log = logging.getLogger(__name__)
HOLD_S = 0.35  # a reply that is ready by then is sent whole, in one request
EDIT_EVERY_S = 1.1
TYPING_EVERY_S = 4.5
EDITED = "(You changed your message.)"
_ORDINALS = ("next", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class Showing:
    """Shows one reply.

    Args:
        host: Where deliveries are noted.
        sender: Sends.
        limiter: Says whether there is room for an edit that could be left out.
        to: The conversation.
        message_id: Logged id of the message that is answered.
        turn_id: Its turn.
        begun: Messages that hold the beginning of the reply already (after a crash).
    """

    def __init__(
        self,
        host: Host,
        sender: Sender,
        limiter: Limiter,
        to: Address,
        message_id: str,
        turn_id: int,
        begun: tuple[str, ...] = (),
    ) -> None:
        self._host, self._sender, self._limiter = host, sender, limiter
        self._to, self._turn = to, turn_id
        self._reply_to = None if is_press(message_id) else origin(message_id)
        self._before = EDITED if is_edit(message_id) else ""
        self._shown = [int(id_) for id_ in begun if not id_.startswith(UNSURE)]
        self._after = next((int(id_[1:]) for id_ in begun if id_.startswith(UNSURE)), 0)
        self._text, self._news = "", asyncio.Event()
        self._busy = asyncio.Lock()  # one request of this reply at a time
        self._over = asyncio.Event()
        self._typing = asyncio.create_task(self._keep_typing())
        self._editing = asyncio.create_task(self._keep_editing())

    def on_text(self, piece: str) -> None:
        """A piece of the text is ready."""
        self._text += piece
        self._news.set()

    async def on_wait(self, position: int) -> None:
        """The message has to wait; the notice becomes the reply later."""
        if not self._text:
            await self._show(f"⏳ I am busy: you are {ordinal(position)} in line.")

    async def finish(self, reply: Reply) -> None:
        """Show the whole reply and note that it is there.

        Raises:
            TelegramError: The bot is about to stop and it could not be sent; it is after the next start.
        """
        await self.close()
        commands = help_text() if reply.action == "help" else ""
        parts, buttons = render.parts(reply, self._before, commands), render.keyboard(reply)
        try:
            for number, part in enumerate(parts):
                last = number == len(parts) - 1
                await self._put(number, part, buttons if last else None)
                if not last:
                    await self._note(self._host.sending(reply.id, self._ids()))
        except Gone as error:
            log.info("The reply cannot reach %s: %s", self._to, error)
        await self._note(self._host.sent(reply.id, self._ids()))

    async def tell(self, sentence: str) -> None:
        """Say something instead of the reply, which is still owed.

        Raises:
            TelegramError: As :meth:`finish`.
        """
        await self.close()
        with contextlib.suppress(Gone):
            await self._sender.send(self._to, render.plain(sentence)[0], None, self._reply_to)

    async def close(self) -> None:
        """Show nothing more that is not the end. A request that is under way is waited for, never cut off."""
        self._over.set()
        self._news.set()
        self._typing.cancel()
        await asyncio.gather(self._typing, self._editing, return_exceptions=True)

    async def _put(self, number: int, text: str, buttons: InlineKeyboardMarkup | None) -> None:
        """Make a part be there: edit the message that holds it, or send a new one."""
        async with self._busy:
            if number < len(self._shown):
                if await self._sender.edit(self._to, self._shown[number], text, buttons):
                    return
                del self._shown[number:]
            id_ = await self._sender.find(self._to, self._after, text, buttons) if self._after else None
            self._after = 0
            if id_ is None:
                # If we are killed before we know its number, it is looked for after this one.
                highest = f"{UNSURE}{self._sender.ids.highest(self._to.chat)}"
                await self._note(self._host.sending(self._turn, (*self._ids(), highest)))
                reply_to = self._reply_to if number == 0 else None
                id_ = await self._sender.send(self._to, text, buttons, reply_to)
            self._shown.append(id_)

    async def _show(self, text: str) -> None:
        """Show what there is so far; a new message is noted, so that it can be brought to its end after a crash."""
        with contextlib.suppress(Gone):
            new = not self._shown
            await self._put(0, text, None)
            if new:
                await self._note(self._host.sending(self._turn, self._ids()))

    async def _note(self, noting: Awaitable[None]) -> None:
        """Note where the delivery stands. A database that is away must not keep the cook from the answer."""
        try:
            await noting
        except StoreError as error:
            log.error("The delivery to %s could not be noted: %s", self._to, error)

    async def _keep_editing(self) -> None:
        await self._news.wait()
        await self._pause(HOLD_S)
        shown = ""
        while not self._over.is_set():
            pause = 0.1
            if self._text != shown and (not shown or self._limiter.roomy(self._to.chat)):
                shown = self._text
                await self._show(render.beginning(" ".join(filter(None, (self._before, shown)))))
                pause = EDIT_EVERY_S
            await self._pause(pause)

    async def _keep_typing(self) -> None:
        while not self._text:
            await asyncio.sleep(HOLD_S)
            await self._sender.typing(self._to)
            await asyncio.sleep(TYPING_EVERY_S - HOLD_S)

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not past the end."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    def _ids(self) -> tuple[str, ...]:
        return tuple(str(id_) for id_ in self._shown)


def ordinal(position: int) -> str:
    """The place in a line, in words: 1 is "next"."""
    return _ORDINALS[position - 1] if position <= len(_ORDINALS) else f"number {position}"
