"""How a conversation begins: in the units of its cook's language, where nobody chose others."""

from sqlalchemy import select

from bot.store import Chat, Store


def begin(store: Store, chat_key: str, units: str) -> None:
    """Give a conversation that has not begun its units. Blocks; call it in a thread.

    Args:
        store: The database.
        chat_key: The conversation, "platform:chat".
        units: See :func:`bot.platforms.locale.units`; "" for those of the bot's settings.

    Raises:
        StoreError: The database cannot be used.
    """
    if not units:
        return
    chat = store.find_chat(chat_key)
    if chat is None or chat.state:  # mostly; no writer's lock for that
        return
    with store.write() as db:
        row = db.scalar(select(Chat).where(Chat.key == chat_key))
        if row is not None and not row.state:
            row.state = {"units": units}
