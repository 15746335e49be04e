"""Where a conversation is on Telegram, as the ``chat`` of a :class:`bot.messages.Message`."""

from dataclasses import dataclass

from bot.platforms import logged
from bot.platforms.logged import is_edit, numbers, origin

__all__ = ["PLATFORM", "Address", "is_edit", "is_press", "message_id", "origin"]

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
        return cls(*numbers(PLATFORM, r"(-?\d+)(?:/(\d+))?(?::(\d+))?", text))


def message_id(message: int, edited: int = 0, query: str = "") -> str:
    """The id under which a message, an edit of it, or a press of a button below it is logged."""
    return logged.message_id(message, edited) + (f".q{query}" if query else "")


def is_press(id_: str) -> bool:
    """Whether the id is of a pressed button."""
    return ".q" in id_
