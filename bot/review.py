"""Reviewing replies: what the scores say on the whole, the worst of them, and what a person says instead.

A reviewed reply becomes training data (:func:`reviewed`): the better answer where there is one, or the reply itself
where it was right.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from bot.errors import InputError, NotFoundError
from bot.scores import SCORES, STATES, Filter, Scored, Totals, find, totals
from bot.store import ReviewRow, Store, TurnRow

LONGEST_BETTER = 4000


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A reply that a person judged.

    Attributes:
        turn_id: Id of the reply.
        right: Whether it was right.
        better: The answer that should have been given; "" where the reviewer gave none.
        reviewer: Who said so ("platform:id" or a name).
        at: When, seconds since 1970.
        utterance: What the cook had said.
        text: What was answered.
        shared: Recipe items shown with it, as the recipe has them.
        recipe: Url of the recipe at hand, or None.
    """

    turn_id: int
    right: bool
    better: str
    reviewer: str
    at: float
    utterance: str
    text: str
    shared: tuple[str, ...]
    recipe: str | None


def correct(store: Store, turn_id: int, reviewer: str, right: bool, better: str = "") -> None:
    """Mark a reply right or wrong and keep the better answer. The same reviewer's earlier word is replaced.

    Args:
        store: The database.
        turn_id: Id of the reply.
        reviewer: Who says so.
        right: Whether the reply was right.
        better: The answer that should have been given; "" for none.

    Raises:
        NotFoundError: There is no such reply.
        InputError: The better answer is too long.
    """
    better = better.strip()
    if len(better) > LONGEST_BETTER:
        raise InputError(f"The better answer is too long: say it in less than {LONGEST_BETTER} characters.")
    with store.write() as db:
        turn = db.get(TurnRow, turn_id)
        if turn is None or turn.answered is None:
            raise NotFoundError(f"There is no reply {turn_id}: see souschef scores for their numbers.")
        row = db.scalar(select(ReviewRow).where(ReviewRow.turn_id == turn_id, ReviewRow.reviewer == reviewer))
        if row is None:
            row = ReviewRow(turn_id=turn_id, reviewer=reviewer)
            db.add(row)
        row.right, row.better, row.at = right, better, store.clock()


def reviewed(store: Store) -> Iterator[Reviewed]:
    """Every reviewed reply with its last review, oldest reply first."""
    query = (
        select(ReviewRow, TurnRow)
        .join(TurnRow, TurnRow.id == ReviewRow.turn_id)
        .order_by(TurnRow.id, ReviewRow.at.desc(), ReviewRow.id.desc())
    )
    with store.read() as db:
        rows = db.execute(query).all()
    last = None
    for review, turn in rows:
        if turn.id == last:
            continue
        last = turn.id
        yield Reviewed(
            turn.id, review.right, review.better, review.reviewer, review.at,
            turn.utterance, turn.text, tuple(turn.shared), turn.recipe,
        )  # fmt: skip


def summary(store: Store, since: float | None = None, platform: str = "") -> str:
    """How the replies did, in a few lines of plain text.

    Args:
        store: The database.
        since: Only replies answered from here on, seconds since 1970.
        platform: Only this platform's.
    """
    return totals_in_words(totals(store, Filter(since=since, platform=platform)))


def totals_in_words(total: Totals) -> str:
    """Counts and means in a few lines."""
    if not total.replies:
        return "There are no replies yet."
    states = ", ".join(f"{total.states[state]} {state}" for state in STATES if total.states.get(state))
    lines = [f"{total.replies} replies: {states}."]
    if total.means:
        means = (f"{name.replace('_', ' ')} {total.means[name]:.2f}" for name in SCORES if name in total.means)
        lines.append(f"Means: {', '.join(means)}.")
    lines.append(f"Thumbs: {total.up} up, {total.down} down. Reviews: {total.right} right, {total.wrong} wrong.")
    return "\n".join(lines)


def worst(store: Store, n: int = 5) -> str:
    """The ``n`` scored replies with the lowest score, one per paragraph of plain text."""
    found = find(store, Filter(state="scored", order="worst", limit=max(1, min(n, 50))))
    return "\n\n".join(map(_paragraph, found)) or "No reply has been scored yet."


def _paragraph(reply: Scored) -> str:
    low = min((name for name in SCORES if getattr(reply, name) is not None), key=lambda name: getattr(reply, name))
    thumb = {1: " 👍", -1: " 👎"}.get(reply.thumb, "")
    mark = "" if reply.right is None else " (reviewed: right)" if reply.right else " (reviewed: wrong)"
    lines = [f"#{reply.id} {low.replace('_', ' ')} {getattr(reply, low):.2f}{thumb}{mark}"]
    lines += [f"> {shortened(reply.utterance)}", f"< {shortened(reply.text)}"]
    if reply.reasons.get(low):
        lines.append(shortened(reply.reasons[low]))
    return "\n".join(lines)


def shortened(text: str, longest: int = 200) -> str:
    """A text on one line, cut with an ellipsis."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
