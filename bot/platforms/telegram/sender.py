"""Sends, and does not give up: what fails for a while is tried again, what cannot be said is said plainly.

Waiting for flood control happens below (:mod:`bot.platforms.telegram.limiter`); here are networks that break, servers
that stumble, and what Telegram will not take.
"""

import asyncio
import contextlib
import html
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram import InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.errors import SouschefError
from bot.platforms.telegram.address import Address
from bot.platforms.telegram.whereabouts import Whereabouts
from bot.redact import redact

log = logging.getLogger(__name__)
T = TypeVar("T")
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NOT_THERE = re.compile(r"message to edit not found|message can't be edited|message_id_invalid", re.IGNORECASE)


class Gone(SouschefError):
    """Nothing can be said in this chat (any more): the bot was blocked or removed, or the chat does not exist."""


class Sender:
    """Sends to Telegram.

    Args:
        bot: The bot; its rate limiter keeps the pace.
        stop: Once it is set, what fails is not tried again: after the next start it is.
        catch_up: Notes the ids of what other processes received and sent, before a message is looked for.
    """

    def __init__(
        self, bot: "ExtBot[None]", stop: asyncio.Event, catch_up: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.bot, self._stop, self._catch_up = bot, stop, catch_up
        self.ids = Whereabouts()
        self._moved: dict[int, int] = {}  # groups that became supergroups

    async def send(
        self, to: Address, text: str, buttons: InlineKeyboardMarkup | None = None, reply_to: int | None = None
    ) -> int:
        """Send a message of HTML; its id.

        Raises:
            Gone: It cannot be sent, now or later.
            TelegramError: The bot is about to stop and it could not be sent.
        """
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to and not to.private else None
        thread = to.thread or None

        async def once(text: str, mode: str | None) -> int:
            message = await self.bot.send_message(
                self._moved.get(to.chat, to.chat),
                text,
                parse_mode=mode,
                reply_markup=buttons,
                reply_parameters=reply,
                message_thread_id=thread,
                link_preview_options=_NO_PREVIEW,
            )
            return message.message_id

        after = self.ids.highest(to.chat)
        id_ = await self._formatted(to.chat, text, once, lambda: self.find(to, after, text, buttons))
        self.ids.note(to.chat, id_)
        return id_

    async def find(self, to: Address, after: int, text: str, buttons: InlineKeyboardMarkup | None) -> int | None:
        """Look for a message that may have been sent when ``after`` was the highest id known; None if it is not there.

        What is found says ``text`` afterwards.

        Raises:
            Gone, TelegramError: As :meth:`send`.
        """
        if self._catch_up is not None:
            await self._catch_up()
        for candidate in self.ids.candidates(to.chat, after):
            if await self.edit(to, candidate, text, buttons):
                self.ids.note(to.chat, candidate)
                return candidate
        return None

    async def edit(self, to: Address, message: int, text: str, buttons: InlineKeyboardMarkup | None = None) -> bool:
        """Make a message say something else; False if it is not there any more (or is not ours).

        Raises:
            Gone, TelegramError: As :meth:`send`.
        """

        async def once(text: str, mode: str | None) -> bool:
            try:
                await self.bot.edit_message_text(
                    text,
                    self._moved.get(to.chat, to.chat),
                    message,
                    parse_mode=mode,
                    reply_markup=buttons,
                    link_preview_options=_NO_PREVIEW,
                )
            except BadRequest as error:
                if "not modified" in error.message:
                    return True
                if _NOT_THERE.search(error.message):
                    return False
                raise
            return True

        return await self._formatted(to.chat, text, once)

    async def typing(self, to: Address) -> None:
        """Show "typing …" for five seconds. Nothing is lost if it cannot be shown."""
        with contextlib.suppress(TelegramError):
            await self.bot.send_chat_action(
                self._moved.get(to.chat, to.chat), ChatAction.TYPING, message_thread_id=to.thread or None
            )

    async def file(self, to: Address, name: str, content: bytes, caption: str) -> None:
        """Send a file.

        Raises:
            Gone, TelegramError: As :meth:`send`.
        """
        await self._insist(
            to.chat,
            lambda: self.bot.send_document(
                self._moved.get(to.chat, to.chat),
                content,
                caption=caption,
                filename=name,
                message_thread_id=to.thread or None,
            ),
        )

    async def pressed(self, query_id: str, text: str = "", alert: bool = False) -> None:
        """Answer a pressed button, which turns until then."""
        try:
            await self._insist(0, lambda: self.bot.answer_callback_query(query_id, text or None, show_alert=alert))
        except (Gone, TelegramError) as error:  # too old, mostly: nobody looks at it any more
            log.info("A pressed button could not be answered: %s", redact(str(error)))

    async def _formatted(
        self,
        chat: int,
        text: str,
        once: Callable[[str, str | None], Awaitable[T]],
        look: Callable[[], Awaitable[T | None]] | None = None,
    ) -> T:
        try:
            return await self._insist(chat, lambda: once(text, ParseMode.HTML), look)
        except BadRequest as error:
            if "parse entities" not in error.message:
                raise Gone(redact(error.message)) from None
            log.error("Telegram could not read our HTML, sending it plain: %s", redact(error.message))
        try:
            bare = html.unescape(re.sub(r"<[^>]*>", "", text))
            return await self._insist(chat, lambda: once(bare, None), look)
        except BadRequest as error:
            raise Gone(redact(error.message)) from None

    async def _insist(
        self, chat: int, request: Callable[[], Awaitable[T]], look: Callable[[], Awaitable[T | None]] | None = None
    ) -> T:
        """Make a request until it is answered.

        A connection that broke may have broken after Telegram took the message. Then ``look`` says what came of it;
        where it finds nothing, the message is sent again: better twice than never.
        """
        pause = FIRST_PAUSE_S
        while True:
            try:
                return await request()
            except ChatMigrated as error:
                log.info("Group %d is now %d.", chat, error.new_chat_id)
                self._moved[chat] = error.new_chat_id
                continue
            except Forbidden as error:
                raise Gone(redact(error.message)) from None
            except (BadRequest, InvalidToken):
                raise
            except TelegramError as error:  # the network, a 5xx, an answer that is none
                if self._stop.is_set():
                    raise
                log.warning("Telegram could not be reached, trying again in %.1f s: %s", pause, redact(str(error)))
                unsure = _unsure(error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)
            if unsure and look is not None and (found := await look()) is not None:
                return found


def _unsure(error: TelegramError) -> bool:
    """Whether a request that failed so may have been carried out."""
    if isinstance(error, TimedOut):
        return True
    return error.message.startswith("httpx.") and not error.message.startswith("httpx.Connect")
