"""What a bot does with messages that another process may have received (see :mod:`bot.sharing`)."""

from typing import TYPE_CHECKING

from bot.messages import Message
from bot.platforms.beginning import begin
from bot.platforms.telegram.address import Address, origin
from bot.platforms.telegram.showing import Showing
from bot.sharing.inbox import Taken

if TYPE_CHECKING:
    from bot.platforms.telegram.app import TelegramBot


class Sharing:
    """Answers from the inbox.

    Args:
        bot: The bot of this process.
    """

    def __init__(self, bot: "TelegramBot") -> None:
        self._bot = bot

    async def answer(self, taken: Taken) -> None:
        """Answer a message and send the reply; what a process that died has sent of it is looked for."""
        self._bot.limiter.share(self._bot.host.members)
        to, message = self._place(taken)
        store = self._bot.host.assistant.store
        await self._bot.host.run(begin, store, message.chat_key, taken.details.get("units", ""))
        await self._bot.answer(to, message, taken.unsent.turn_id, taken.unsent.message_ids)

    async def tell(self, taken: Taken, position: int) -> None:
        """Tell somebody who waits for any process; the notice becomes the reply later."""
        bot = self._bot
        to, message = self._place(taken)
        showing = Showing(bot.host, bot.sender, bot.limiter, to, message.message_id, taken.unsent.turn_id)
        try:
            await showing.on_wait(position)
        finally:
            await showing.close()

    def _place(self, taken: Taken) -> tuple[Address, Message]:
        message = taken.unsent.message
        to = Address.parse(message.chat)
        self._bot.sender.ids.note(to.chat, origin(message.message_id))  # the reply's number is higher
        return to, message
