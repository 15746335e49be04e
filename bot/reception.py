"""What the host asks of the log about a message that comes in."""

from sqlalchemy import func, select

from bot.messages import Message
from bot.store import Store, TurnRow


def known(store: Store, message: Message) -> int | None:
    """Id of the turn of a message that was logged before; None for a new one."""
    chat = store.find_chat(message.chat_key)
    if chat is None:
        return None
    query = select(TurnRow.id).where(TurnRow.chat_id == chat.id, TurnRow.message_id == message.message_id)
    with store.read() as db:
        return db.scalar(query)


def receive(store: Store, message: Message, text: str) -> int:
    """Log a message; id of its turn."""
    chat = store.chat(message.chat_key, message.platform, message.user_key)
    return store.receive(chat, message.message_id, message.user_key, text).id


def count(store: Store, user_key: str, since: float) -> int:
    """How many messages of a cook were logged since a moment."""
    query = select(func.count()).select_from(TurnRow).where(TurnRow.user == user_key, TurnRow.received >= since)
    with store.read() as db:
        return db.scalar(query) or 0


def thumb(store: Store, reply_id: int, user_key: str, value: int) -> bool:
    """Attach a thumb to a reply; False if it is not this cook's or is forgotten."""
    with store.write() as db:
        row = db.get(TurnRow, reply_id)
        if row is None or row.user != user_key:
            return False
        row.thumb = value
        return True
