"""A timer is over: its cook hears of it, and once, also where the bot was killed over it."""

import logging

from bot.actions.timers import Ring
from bot.deliveries import announcement_begun
from bot.host import Host
from bot.platforms.telegram import render
from bot.platforms.telegram.address import Address
from bot.platforms.telegram.sender import Gone, Sender

log = logging.getLogger(__name__)


async def announce(host: Host, sender: Sender, ring: Ring) -> None:
    """Announce a timer; one whose announcement was begun before may be there, and is looked for.

    Raises:
        TelegramError: The bot is about to stop and it could not be sent.
        StoreError: That it is begun could not be noted.
    """
    text = f"⏰ {render.escape(ring.text)}"
    try:
        to = Address.parse(ring.chat_key)
        highest = str(sender.ids.highest(to.chat))
        before = await host.run(announcement_begun, host.assistant.store, ring.id, highest)
        if not before or await sender.find(to, int(before), text, None) is None:
            await sender.send(to, text)
    except (Gone, ValueError) as error:
        log.info("Timer %d cannot ring: %s", ring.id, error)
