"""The people who write to the bot through the local Telegram, and what their chats show."""

import asyncio
import itertools
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bot.platforms.telegram.markup import MENTION, units

BOT = {"id": 123456789, "is_bot": True, "first_name": "Souschef", "username": "souschef_bot"}


@dataclass(slots=True)
class Shown:
    """A message in a chat. ``texts`` is everything that it ever said; the last is what it says now."""

    id: int
    chat: int
    by_bot: bool
    texts: list[str]
    markup: dict[str, Any] | None = None
    reply_to: int | None = None
    thread: int | None = None
    at: float = 0.0
    entities: list[dict[str, Any]] = field(default_factory=list)
    raw: str = ""
    document: bytes = b""

    @property
    def text(self) -> str:
        return self.texts[-1]

    @property
    def buttons(self) -> dict[str, str]:
        rows = (self.markup or {}).get("inline_keyboard", [])
        return {button["text"]: button["callback_data"] for row in rows for button in row}


class People:
    """What can be done to the bot, and what came of it."""

    def __init__(self) -> None:
        self.chats: dict[int, dict[int, Shown]] = defaultdict(dict)
        self.types: dict[int, dict[str, Any]] = {}
        self._pending: list[Any] = []  # updates that were not confirmed, in the order in which they are sent
        self._stubborn: list[Any] = []
        self._queries: set[str] = set()
        self._update_ids = itertools.count(1001)
        self._private_ids = itertools.count(1)
        self._group_ids: dict[int, Any] = defaultdict(lambda: itertools.count(1))
        self._news = asyncio.Event()

    def say(self, chat: int, text: str, user: int | None = None, **more: Any) -> int:
        """Somebody writes; the id of the message. ``more`` goes into the message as it is."""
        user = user or chat
        id_ = self._next_id(chat)
        self.chats[chat][id_] = Shown(id_, chat, False, [text], at=time.monotonic())
        self.push({"message": self._message(id_, chat, user, text) | more})
        return id_

    def edit(self, chat: int, id_: int, text: str, user: int | None = None, later_s: int = 5, **more: Any) -> None:
        self.chats[chat][id_].texts.append(text)
        message = self._message(id_, chat, user or chat, text) | more
        self.push({"edited_message": message | {"edit_date": message["date"] + later_s}})

    def press(self, shown: Shown, label: str, user: int | None = None, data: str | None = None) -> str:
        """Somebody presses a button; the id of the query."""
        query = f"q{next(self._update_ids)}"
        self._queries.add(query)
        message = self._message(shown.id, shown.chat, user or shown.chat, shown.text) | {"from": BOT}
        self.push(
            {
                "callback_query": {
                    "id": query,
                    "from": self._user(user or shown.chat),
                    "message": message,
                    "chat_instance": "1",
                    "data": data if data is not None else shown.buttons[label],
                }
            }
        )
        return query

    def push(self, update: dict[str, Any]) -> dict[str, Any]:
        """An update comes in; returns it with its id."""
        update = {"update_id": next(self._update_ids)} | update
        self.repeat(update)
        return update

    def repeat(self, *updates: Any) -> None:
        """Updates come in, in this order, with the ids that they have (or have not)."""
        self._pending += updates
        self._news.set()

    def again(self, *updates: Any) -> None:
        """Updates come once more although they were confirmed, as Telegram's do now and then."""
        self._stubborn += updates
        self._news.set()

    def supergroup(self, chat: int, **more: Any) -> int:
        self.types[chat] = {"id": chat, "type": "supergroup", "title": "Kitchen"} | more
        return chat

    def replies(self, chat: int) -> list[Shown]:
        """The bot's messages in a chat, oldest first."""
        return [shown for _, shown in sorted(self.chats[chat].items()) if shown.by_bot]

    def texts(self, chat: int) -> list[str]:
        return [shown.text for shown in self.replies(chat)]

    async def until(self, true: Callable[[], Any], limit_s: float = 60.0) -> Any:
        """Wait for something."""
        try:
            async with asyncio.timeout(limit_s):
                while not (value := true()):
                    await asyncio.sleep(0.01)
                return value
        except TimeoutError:
            seen = {chat: self.texts(chat) for chat in self.chats}
            raise AssertionError(f"did not come; the chats show {str(seen)[:3000]}") from None

    async def reply(self, chat: int, count: int | None = None) -> Shown:
        """The ``count``-th message of the bot in a chat once it is final (has buttons); None for one more than now."""
        count = len(self.replies(chat)) + 1 if count is None else count
        shown: Shown = await self.until(
            lambda: len(found := self.replies(chat)) >= count and found[count - 1].markup and found[count - 1]
        )
        return shown

    def _next_id(self, chat: int) -> int:
        return next(self._private_ids if chat > 0 else self._group_ids[chat])

    def _user(self, user: int) -> dict[str, Any]:
        return {"id": user, "is_bot": False, "first_name": f"Cook {user}", "language_code": "en"}

    def _chat(self, chat: int) -> dict[str, Any]:
        return self.types.get(chat, {"id": chat, "type": "private", "first_name": f"Cook {chat}"})

    def _message(self, id_: int, chat: int, user: int, text: str) -> dict[str, Any]:
        message = {"message_id": id_, "date": int(time.time()), "chat": self._chat(chat), "from": self._user(user)}
        entities = [
            {"type": "mention", "offset": units(text[: m.start()]), "length": units(m[0])}
            for m in MENTION.finditer(text)
        ]
        if command := re.match(r"/\w+(?:@\w+)?", text):
            entities.append({"type": "bot_command", "offset": 0, "length": len(command[0])})
        return message | {"text": text} | ({"entities": entities} if entities else {})
