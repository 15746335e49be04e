"""What is asked of the bot beside cooking: a file of one's conversations, an admin's command.

Such a message is logged before anything else happens, as every other (:meth:`bot.host.Host.receive`), so it outlives a
crash. It is no conversation, so it stays unanswered in the log, where nothing scores it, learns from it or exports it;
that it was seen to stands in the table of deliveries.
"""

from bot.admin import COMMANDS, Admin
from bot.host import Host
from bot.messages import Message
from bot.store import TurnRow

EXPORT = "/export"
LOOKING = frozenset(("scores", "worst", "jobs"))  # change nothing, so they may be carried out again


def is_errand(text: str) -> bool:
    """Whether a logged message is none for the assistant."""
    return text == EXPORT or (text.startswith("/") and _name(text) in COMMANDS)


async def carry_out(host: Host, admin: Admin, message: Message, turn_id: int, chat_key: str = "") -> str:
    """Carry out a command that was received; what to say. After that, note the delivery with ``host.sent``.

    One that may have been carried out when the bot was killed is not carried out again, unless it only looks.

    Args:
        host: The host.
        admin: Carries it out.
        message: The message.
        turn_id: Its turn.
        chat_key: Where news of a job goes; "" for the message's own chat.
    """
    name = _name(message.text)
    if await host.run(_begin, host, turn_id) and name not in LOOKING and admin.is_admin(message.user_key):
        return (
            f"I was restarted while I was at /{name} and cannot tell whether it was done: look before you say it again."
        )
    return await admin.handle(message.user_key, message.text, chat_key or message.chat_key) or ""


def _name(text: str) -> str:
    return text.removeprefix("/").partition(" ")[0].lower()


def _begin(host: Host, turn_id: int) -> bool:
    """Note that a command is begun; whether it was before."""
    with host.assistant.store.write() as db:
        row = db.get(TurnRow, turn_id)
        if row is None:
            return False
        before = bool(row.details.get("begun"))
        row.details = row.details | {"begun": True}
        return before
