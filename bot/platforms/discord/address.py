"""Where a conversation is on Discord, as the ``chat`` of a :class:`bot.messages.Message`, and ids of messages."""

import re
from dataclasses import dataclass

PLATFORM = "discord"


@dataclass(frozen=True, slots=True)
class Address:
    """A conversation. Its text form is what the database knows it by: ``"1234/42"``.

    Attributes:
        channel: Discord's id of the channel, thread or direct messages.
        user: The cook, where each cook of a channel has a conversation of their own; else 0.
    """

    channel: int
    user: int = 0

    def __str__(self) -> str:
        return f"{self.channel}" + (f"/{self.user}" if self.user else "")

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read back, with or without the platform in front.

        Raises:
            ValueError: It is no address.
        """
        match = re.fullmatch(rf"(?:{PLATFORM}:)?(\d+)(?:/(\d+))?", text)
        if match is None:
            raise ValueError(f"{text!r} is no Discord chat")
        return cls(int(match[1]), int(match[2] or 0))


def message_id(message: int, edited: int = 0) -> str:
    """The id under which a message or an edit of it (at a moment in milliseconds) is logged."""
    return f"{message}" + (f".e{edited}" if edited else "")


def interaction_id(interaction: int) -> str:
    """The id under which a command, a press or a choice is logged."""
    return f"{interaction}.i"


def origin(id_: str) -> int:
    """The snowflake that a logged id comes from: of the message or of the interaction."""
    return int(id_.partition(".")[0])


def is_edit(id_: str) -> bool:
    return ".e" in id_


def is_interaction(id_: str) -> bool:
    return id_.endswith(".i")
