"""A cook's conversations as a file to hand to them."""

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.platforms.discord.address import PLATFORM
from bot.platforms.exporting import conversations
from bot.store import Store

LARGEST_B = 8_000_000  # larger ones are packed; Discord takes ten million bytes


@dataclass(frozen=True, slots=True)
class Export:
    """A file and what to say with it."""

    name: str
    data: bytes
    says: str

    def attachment(self) -> discord.File:
        """The file as the library sends it; made anew for each try."""
        return discord.File(io.BytesIO(self.data), self.name)


def export_file(store: Store, folder: Path, user: int) -> Export:
    """All conversations of a cook, in the Wizard of Tasks form.

    Args:
        store: The database.
        folder: The data folder, where the salt for the ids is.
        user: Discord's id of the cook.
    """
    count, data = conversations(store, folder, f"{PLATFORM}:{user}")
    says = f"Your conversations with me: {count}."
    if len(data) > LARGEST_B:
        return Export("conversations.json.gz", gzip.compress(data), says)
    return Export("conversations.json", data, says)
