"""Whose conversations the student may learn from.

``retrain.consent`` says what holds for cooks who were not asked: with "asked" nothing of theirs is learned from, except
in the terminal of this machine; with "everyone" all is. A cook's own word ("you may learn from me", "do not learn from
me") always wins.
"""

from collections.abc import Callable

from sqlalchemy import select

from bot.store import ConsentRow, Store


def note(store: Store, user: str, given: bool) -> None:
    """Keep a cook's word. ``user`` is "platform:id"."""
    with store.write() as db:
        db.merge(ConsentRow(user=user, given=given, at=store.clock()))


def said(store: Store, user: str) -> bool | None:
    """What a cook said, or None."""
    with store.read() as db:
        row = db.get(ConsentRow, user)
        return None if row is None else row.given


def rule(store: Store, default: str) -> Callable[[str], bool]:
    """Whether a cook's conversations may be learned from, as it stands now.

    Args:
        store: The database.
        default: ``retrain.consent``.
    """
    with store.read() as db:
        words = {row.user: row.given for row in db.scalars(select(ConsentRow))}
    return lambda user: words.get(user, default == "everyone" or user.startswith("terminal:"))
