"""How many pieces of a food that the list weighs: "how many apples is that roughly?", of 3 pounds of apples."""

import re

from bot.actions.base import Decision, Scene, listed
from bot.page.places import mentions
from bot.page.stems import stems
from retrieval.passage import Passage
from retrieval.quantity import find_amounts
from retrieval.recipe import Ingredient, KnowledgeEntry
from retrieval.sentences import split
from retrieval.units import dimension

_HOW_MANY = re.compile(r"\bhow many\b")
MOST = 2  # sentences


def in_pieces(scene: Scene, lines: list[Ingredient]) -> Decision | None:
    """The lines as they weigh it, and what the notes on conversions say one piece weighs; None where nobody asks for a
    number of pieces, the list counts them itself, or no note knows.
    """
    weighed = all(line.unit and dimension(line.unit) in ("mass", "volume") for line in lines)
    if not lines or not weighed or not _HOW_MANY.search(scene.message.text.lower()) or "unit" in scene.wish.args:
        return None
    words = stems(scene.wish.args["item"])
    for entry in scene.pantry.knowledge():
        if entry.kind == "conversion" and words and _begins_with(entry.title, words):
            told = _weights(entry, words, {dimension(line.unit) for line in lines})
            if told:
                shared = tuple(line.text for line in lines)
                return Decision(
                    f"{listed(shared)}. {' '.join(told)}",
                    "answer_question_external_fact",
                    "ask_question_ingredients_tools",
                    shared,
                    passages=(Passage(f"knowledge:{entry.id}", "knowledge", entry.text, 1.0, entry.id, entry.title),),
                )
    return None


def _begins_with(title: str, words: frozenset[str]) -> bool:
    """Whether a note is about a food before anything else: of potatoes, not of "Cornstarch and potato starch"."""
    called = re.split(r"\b(?:to|by|in|per|and)\b|[,:]", title)[0]
    return all(mentions(word, called) for word in words) and len(called.split()) <= len(words) + 1


def _weights(entry: KnowledgeEntry, words: frozenset[str], kinds: set[str]) -> list[str]:
    """The sentences of a note that tell how much a piece weighs or gives, or how many of them an amount is."""
    return [
        sentence
        for sentence in split(entry.text)
        if all(mentions(word, sentence) for word in words)
        and any(amount.dimension in kinds for amount in find_amounts(sentence))
    ][:MOST]
