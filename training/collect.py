"""From the log to lessons: what is learned, what is corrected, what is left out and why.

A reply that the student worded is *learned* when a thumb, a review or its scores say that it was good; *corrected* when
a review holds the better answer; everything else is left out, counted by reason. Only cooks who consented are read,
and of the forgotten there is nothing to read. What steers the bot, contradicts a safety entry or stands on no page is
never learned, whoever asked for it. A fifth of the conversations is set aside for measuring, always the same ones.
"""

import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bot import consent
from bot.log import anonymous
from bot.review import Reviewed, reviewed
from bot.settings import RetrainSettings
from bot.store import Chat, ScoringRow, Store, TurnRow
from model.guard import Guard
from model.vocabulary import Act, Turn
from retrieval.cookbook import load_recipes
from retrieval.recipe import Recipe
from training.lessons import Lesson, corrected_act
from training.poison import why_not

FROZEN_EVERY = 5
NO_CONSENT = "no consent"
BY_CODE = "exact code answered"
NO_VERDICT = "nobody and no score says whether it was good"
LOW = "low scores"
DISLIKED = "thumb down"
WRONG = "reviewed as wrong, without a better answer"
GUARDED = "the guard had changed it"
SCALED = "told in other amounts than the recipe's"
NO_PAGE = "stands on no page"
NO_RECIPE = "its recipe is gone"
TEACHABLE = (LOW, DISLIKED, WRONG)  # what a teacher may correct


@dataclass(slots=True)
class Collected:
    """What the log gave.

    Attributes:
        lessons: In the order of the log.
        recipes: The recipes that they are about, by url.
        left_out: How many replies were left out, by reason.
        rejected: Turns that a teacher may correct: the same form, with the act as it was given.
        conversations: Chats that were read.
    """

    lessons: list[Lesson] = field(default_factory=list)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    rejected: list[Lesson] = field(default_factory=list)
    conversations: int = 0


class Cookery:
    """Recipes by url: the cook's own index, read beside the bot that owns it, else the bundled cookbook."""

    def __init__(self, data: Path) -> None:
        self._path = data / "index" / "recipes.sqlite"
        self._bundled = {recipe.url: recipe for recipe in load_recipes()}

    def recipe(self, url: str) -> Recipe | None:
        from retrieval.store import Store as Shelf

        if url in self._bundled:
            return self._bundled[url]
        if not self._path.is_file():
            return None
        shelf = Shelf(self._path)
        try:
            found = shelf.by_id(url)
        finally:
            shelf.close()
        return found if isinstance(found, Recipe) else None


def is_frozen(conversation: int) -> bool:
    """Whether a conversation is set aside for measuring."""
    return zlib.crc32(str(conversation).encode()) % FROZEN_EVERY == 0


def collect(store: Store, settings: RetrainSettings, cookery: Cookery, salt: bytes, history: int = 12) -> Collected:
    """Read the whole log.

    Args:
        store: The database.
        settings: Consent, and which scores are good and low.
        cookery: Where recipes are.
        salt: Makes the numbers of conversations (``bot.log.load_salt``).
        history: Turns that the student sees.
    """
    out = Collected()
    allowed = consent.rule(store, settings.consent)
    better = {review.turn_id: review for review in reviewed(store)}
    guard = Guard()
    with store.read() as db:
        chats = list(db.scalars(select(Chat).order_by(Chat.id)))
        scores = {row.turn_id: row.lowest for row in db.scalars(select(ScoringRow)) if row.state == "scored"}
    for chat in chats:
        rows = store.turns(chat.id)
        if not all(allowed(user) for user in {chat.user, *(row.user for row in rows)}):
            out.left_out[NO_CONSENT] += len(rows)
            continue
        out.conversations += bool(rows)
        number = anonymous(chat.key, salt)
        for at, row in enumerate(rows):
            review = better.get(row.id)
            verdict, why = _verdict(row, review, scores.get(row.id), settings)
            if verdict in (NO_CONSENT, BY_CODE, NO_VERDICT, GUARDED, SCALED):
                out.left_out[verdict] += 1
                continue
            recipe = _recipe(out, cookery, row.recipe)
            if row.recipe and recipe is None:
                out.left_out[NO_RECIPE] += 1
                continue
            act = Act(row.user_intent, row.intent, tuple(row.shared), row.text)
            if verdict == "corrected" and review is not None:
                act = corrected_act(review.better, row.user_intent, recipe, _step_before(rows[:at], row))
            lesson = _lesson(
                rows[:at], row, number, "corrected" if verdict == "corrected" else "learned", why, act, history
            )
            title, page = (recipe.title, recipe.items) if recipe else ("", ())
            problem = why_not(row.utterance, act.text, title, page)
            if problem is None and verdict in TEACHABLE:
                out.rejected.append(lesson)
                problem = verdict
            sources = [p["text"] for p in row.passages]
            if problem is None and not guard.check(act.text, recipe, sources, act.shared, row.utterance).supported:
                problem = NO_PAGE
            if problem is not None:
                out.left_out[problem] += 1
            elif not (lesson.frozen and why == "scores"):  # students are measured on what people said only
                out.lessons.append(lesson)
    return out


def _verdict(row: TurnRow, review: Reviewed | None, lowest: float | None, settings: RetrainSettings) -> tuple[str, str]:
    """("learned" or "corrected", what said so), or (a reason to leave it out, "")."""
    if review is not None and not review.right:
        return ("corrected", "review") if review.better else (WRONG if row.student else BY_CODE, "")
    if not row.student:
        return BY_CODE, ""
    if row.thumb < 0:
        return DISLIKED, ""
    good = "review" if review is not None else "thumb" if row.thumb > 0 else ""
    if not good and lowest is not None:
        if lowest < settings.low:
            return LOW, ""
        # What the reader chose is no lesson in how the student speaks, unless a person says so.
        good = "scores" if lowest >= settings.good and not row.details.get("read_out") else ""
    if not good:
        return NO_VERDICT, ""
    if row.guarded or not row.supported:
        return GUARDED, ""
    return (SCALED, "") if row.details.get("shown") else ("learned", good)


def _recipe(out: Collected, cookery: Cookery, url: str | None) -> Recipe | None:
    if not url:
        return None
    if url not in out.recipes:
        found = cookery.recipe(url)
        if found is None:
            return None
        out.recipes[url] = found
    return out.recipes[url]


def _lesson(before: list[TurnRow], row: TurnRow, number: int, kind: str, why: str, act: Act, history: int) -> Lesson:
    same = [other for other in before if other.recipe == row.recipe and row.recipe]
    turns: list[Turn] = []
    for other in same[-(history // 2) :]:
        turns.append(Turn("cook", other.utterance, other.user_intent))
        turns.append(Turn("wizard", other.text, other.intent, tuple(other.shared)))
    return Lesson(
        row.id, number, "corrected" if kind == "corrected" else "learned", why, is_frozen(number), row.utterance,
        act.user_intent, act.intent, act.shared, act.text, tuple(turns), row.recipe or "",
        _step_before(before, row),
        tuple(p["text"] for p in row.passages if p["kind"] in ("knowledge", "note")),
    )  # fmt: skip


def _step_before(before: list[TurnRow], row: TurnRow) -> int:
    """The step that was at hand when a message came."""
    return before[-1].step if before and before[-1].recipe == row.recipe else 0


def still_there(store: Store, lessons: list[Lesson]) -> bool:
    """Whether the cooks of all lessons are still remembered."""
    wanted = {lesson.turn_id for lesson in lessons}
    with store.read() as db:
        return wanted <= set(db.scalars(select(TurnRow.id)))
