"""A cook's conversations as a file to hand to them, the same on every platform."""

import json
from pathlib import Path

from bot.log import export, load_salt
from bot.store import Store


def conversations(store: Store, folder: Path, user_key: str) -> tuple[int, bytes]:
    """How many there are, and all of them as JSON in the Wizard of Tasks form.

    Args:
        store: The database.
        folder: The data folder, where the salt for the ids is.
        user_key: The cook, "platform:id".

    Raises:
        StoreError: The database cannot be used.
    """
    dialogues = dict(export(store, load_salt(folder), user=user_key))
    return len(dialogues), json.dumps(dialogues, ensure_ascii=False, indent=1).encode()
