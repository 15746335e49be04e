"""Where a conversation is on Telegram, as the ``chat`` of a :class:`bot.messages.Message`."""

import re
from dataclasses import dataclass

PLATFORM = "telegram"


@dataclass(frozen=True, slots=True)
class Address:
    """A conversation. Its text form is what the database knows it by: ``"-100123/7:42"``.

    Attributes:
        chat: Telegram's id of the chat; negative for groups.
        thread: The topic of a forum, or 0.
        user: The cook, where each cook of a group has a conversation of their own; else 0.
    """

    chat: int
    thread: int = 0
    user: int = 0

    @property
    def private(self) -> bool:
        """Whether it is a chat with one person."""
        return self.chat > 0

    def __str__(self) -> str:
        thread = f"/{self.thread}" if self.thread else ""
        return f"{self.chat}{thread}" + (f":{self.user}" if self.user else "")

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read back, with or without the platform in front.

        Raises:
            ValueError: It is no address.
        """
        match = re.fullmatch(rf"(?:{PLATFORM}:)?(-?\d+)(?:/(\d+))?(?::(\d+))?", text)
        if match is None:
            raise ValueError(f"{text!r} is no Telegram chat")
        return cls(int(match[1]), int(match[2] or 0), int(match[3] or 0))


def message_id(message: int, edited: int = 0, query: str = "") -> str:
    """The id under which a message, an edit of it, or a press of a button below it is logged."""
    return f"{message}" + (f".e{edited}" if edited else "") + (f".q{query}" if query else "")


def origin(id_: str) -> int:
    """The Telegram message that a logged id comes from."""
    return int(id_.partition(".")[0])


def is_edit(id_: str) -> bool:
    """Whether the id is of an edit."""
    return ".e" in id_


def is_press(id_: str) -> bool:
    """Whether the id is of a pressed button."""
    return ".q" in id_
