"""What a kitchen word means: quoted from the notes, where they have an article about that very word."""

import re
from collections.abc import Iterable

from bot.actions.base import Decision, Scene
from bot.allergens import singular
from retrieval.passage import Passage
from retrieval.recipe import KnowledgeEntry

_KINDS = ("term", "technique", "tool", "ingredient")  # in this order
MOST_BESIDE = 3  # words of a title beside the one that was asked for


def define(scene: Scene) -> Decision | None:
    """What does simmer mean? None (for the student) where no article is about it."""
    entry = find_entry(scene.pantry.knowledge(), scene.wish.args["item"])
    if entry is None:
        return None
    return Decision(
        entry.text,
        intent="answer_question_external_fact",
        user_intent="ask_question_recipe_steps",
        passages=(Passage(f"knowledge:{entry.id}", "knowledge", entry.text, 1.0, entry.id, entry.title),),
    )


def find_entry(entries: Iterable[KnowledgeEntry], item: str) -> KnowledgeEntry | None:
    """The article that explains a word: terms before techniques, titles with few other words before longer ones."""
    asked = _stems(item)
    best: tuple[tuple[int, int], KnowledgeEntry] | None = None
    for entry in entries:
        if entry.kind not in _KINDS:
            continue
        title = _stems(entry.title)
        in_title = asked <= title and len(title - asked) <= MOST_BESIDE
        about = entry.kind == "term" and asked in [_stems(word) for word in entry.about[:2]]
        if not asked or not (in_title or about):
            continue
        rank = (_KINDS.index(entry.kind), len(title - asked))
        if best is None or rank < best[0]:
            best = rank, entry
    return best[1] if best else None


def _stems(text: str) -> frozenset[str]:
    words = (singular(w) for w in re.findall(r"[^\W\d_]+", text.lower()))
    return frozenset(_stem(w) for w in words if w not in ("a", "an", "the", "to"))


def _stem(word: str) -> str:
    """``"simmering"``, ``"whipped"`` → ``"simmer"``, ``"whip"``; for matching only."""
    shorter = re.sub(r"(?:ing|ed)$", "", word) if len(word) > 5 else word
    return shorter[:-1] if shorter != word and shorter[-1:] == shorter[-2:-1] and shorter[-1] not in "ls" else shorter
