"""Where a conversation is on Discord, as the ``chat`` of a :class:`bot.messages.Message`, and ids of messages."""

from dataclasses import dataclass

from bot.platforms.logged import is_edit, message_id, numbers, origin

__all__ = ["PLATFORM", "Address", "interaction_id", "is_edit", "is_interaction", "message_id", "origin"]

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
        return cls(*numbers(PLATFORM, r"(\d+)(?:/(\d+))?", text))


def interaction_id(interaction: int) -> str:
    """The id under which a command, a press or a choice is logged."""
    return f"{interaction}.i"


def is_interaction(id_: str) -> bool:
    return id_.endswith(".i")
