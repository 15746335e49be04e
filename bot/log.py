"""The conversation log: out as Wizard of Tasks dialogues, and away for good.

The official form (Choi et al., COLING 2022): an object of conversations by id, each with ``document_url``,
``data_split`` and ``turns``; a turn has ``text``, ``turn_counter``, ``intent``, ``role`` ("student" is the cook,
"teacher" the wizard), ``shared_data`` and the annotators' fields. A chat is cut into one conversation per recipe, in
order. Cooks and chats appear under numbers that say nothing about them. A reply that a person reviewed also has
``reviewed`` ("right" or "wrong") and ``better_answer``.
"""

import hashlib
import hmac
import secrets
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.job_table import locked
from bot.review import Reviewed, reviewed
from bot.store import Chat, Store, TurnRow

WORKER_IDS = 1_000_000_000
TERMINAL_HISTORY = "history"


def export(
    store: Store, salt: bytes, split: str = "train", user: str | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """All logged conversations, one by one, as (conversation id, conversation).

    Args:
        store: The database.
        salt: Makes the ids; the same salt gives the same ids (see :func:`load_salt`).
        split: What to write as ``data_split``.
        user: Only this cook's ("platform:id").
    """
    reviews = {review.turn_id: review for review in reviewed(store)}
    query = select(Chat).order_by(Chat.id)
    with store.read() as db:
        chats = list(db.scalars(query if user is None else query.where(Chat.user == user)))
    for chat in chats:
        rows = store.turns(chat.id)
        for number, (recipe, part) in enumerate(groupby(rows, key=lambda row: row.recipe or ""), 1):
            turns = list(_turns(part, salt, reviews))
            if turns:
                id_ = f"Souschef-{anonymous(chat.key, salt)}-{number}"
                yield id_, {"document_url": recipe, "data_split": split, "turns": turns}


def _turns(rows: Iterator[TurnRow], salt: bytes, reviews: dict[int, Reviewed]) -> Iterator[dict[str, Any]]:
    counter, previous = 0, None
    for row in rows:
        cook = anonymous(row.user, salt)
        wizard = anonymous(f"student {row.student}", salt)
        counter += 1
        yield _turn(row.utterance, counter, row.user_intent, "student", (), cook, previous) | {
            "real_life_action": "N/A"
        }
        counter += 1
        useful = {1: "yes", -1: "no"}.get(row.thumb, "yes")
        review = reviews.get(row.id)
        more: dict[str, Any] = {}
        if review is not None:  # beside the official fields: a person's word counts more than a thumb
            useful = "yes" if review.right else "no"
            more = {"reviewed": "right" if review.right else "wrong", "better_answer": review.better}
        yield _turn(row.text, counter, row.intent, "teacher", tuple(row.shared), wizard, cook, useful) | {
            "external_urls": [],
            **more,
        }
        previous = wizard


def _turn(
    text: str,
    counter: int,
    intent: str,
    role: str,
    shared: tuple[str, ...],
    worker: int,
    previous: int | None,
    useful: str = "yes",
) -> dict[str, Any]:
    return {
        "text": text,
        "turn_counter": counter,
        "dangerous_tools": [],
        "shared_data": list(shared),
        "intent": intent,
        "relevant": "yes",
        "useful": useful,
        "worker_id": worker,
        "previous_worker_id": previous,
        "role": role,
    }


def anonymous(name: str, salt: bytes) -> int:
    """A number for a name: the same for the same name and salt, and without the salt nothing leads back."""
    digest = hmac.new(salt, name.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") % WORKER_IDS


def load_salt(folder: Path) -> bytes:
    """The installation's salt, made at its first use and readable by its owner only."""
    path = folder / "salt"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        salt = secrets.token_bytes(32)
        path.touch(mode=0o600)
        path.write_bytes(salt)
        return salt


def forget(store: Store, user: str, folder: Path | None = None) -> int:
    """Delete every trace of a cook ("platform:id"): turns, sessions, timers, the file pages they
    stood on, and what unfinished jobs kept of them.

    Args:
        store: The database.
        user: The cook.
        folder: Data folder; what the terminal keeps there for its arrow keys goes too.

    Returns:
        How many turns there were.
    """
    if folder is not None and user.startswith("terminal:"):
        (folder / TERMINAL_HISTORY).unlink(missing_ok=True)
    count = store.forget_user(user)
    for kept in (folder / "jobs").glob("*/private") if folder is not None else ():
        if not locked(kept.parent):  # a job that is running sees for itself that somebody is gone
            shutil.rmtree(kept, ignore_errors=True)
    return count
