"""How conversations and messages of a platform are named in the log."""

import re


def numbers(platform: str, form: str, text: str) -> list[int]:
    """The numbers in the name of a conversation, with or without the platform in front; 0 for what it leaves out.

    Args:
        platform: "telegram", "discord", …
        form: Pattern of the name, a group around each number.
        text: The name.

    Raises:
        ValueError: It is no such name.
    """
    match = re.fullmatch(rf"(?:{platform}:)?{form}", text)
    if match is None:
        raise ValueError(f"{text!r} is no {platform.capitalize()} chat")
    return [int(number or 0) for number in match.groups()]


def message_id(message: int, edited: int = 0) -> str:
    """The id under which a message, or an edit of it at a moment, is logged."""
    return f"{message}" + (f".e{edited}" if edited else "")


def origin(id_: str) -> int:
    """What of the platform's a logged id comes from: the number of a message, or of an interaction."""
    return int(id_.partition(".")[0])


def is_edit(id_: str) -> bool:
    """Whether the id is of an edit."""
    return ".e" in id_
