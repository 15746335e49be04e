"""What a recipe itself offers instead of an ingredient, or says of leaving it out: the alternatives of its line, "if
using", and the notes that say so. What merely uses a food offers nothing.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from collections.abc import Sequence

from bot.page.finding import mentions, split
from bot.page.question import stems
from model.facts import stem
from retrieval.lexicon import food_kinds
from retrieval.recipe import Ingredient, Recipe

_OPTIONAL = re.compile(
    r"\boptional(?:ly)?\b|\bif (?:using|you (?:like|wish|want|prefer)|desired|you have (?:it|them))\b", re.IGNORECASE
)
_OFFERS = re.compile(
    r"\binstead\b|\bin place of\b|\bsubstitut\w*|\breplac\w*|\bswap\w*|\bif you (?:have no|don't have|can't|cannot|prefer)\b|"
    r"\bor (?:use|try|with)\b|\bworks? (?:too|as well|just as well|here)\b|\b(?:will|would) do\b|\bwithout\b|\bskip\b|\bomit\b|"
    r"\bleave (?:it |them |the \w+ )?out\b|\bleft out\b|\boptional\b|\bstands? in\b|\bmade with\b|\balso (?:good|lovely|fine) with\b|\bno [\w-]+\?",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\s+or\s+(?:another\s+)?|\s*/\s*(?=[a-z])", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|never|n't|avoid|cannot|nothing replaces|don't|can't|doesn't|won't)\b", re.IGNORECASE)


def alternatives(line: Ingredient) -> tuple[str, ...]:
    """The things that a line gives to choose from: "ghee (clarified butter) or canola oil"; one where it gives none."""
    text = re.sub(r"\([^)]*\)", " ", line.text)
    parts = [part.strip(" ,") for part in _EITHER.split(text) if part.strip(" ,")]
    return tuple(parts) if len(parts) > 1 and all(re.search(r"[a-z]{3}", part) for part in parts) else (line.text,)


def either(recipe: Recipe, item: str, instead: str) -> str:
    """The line that gives ``instead`` to take for ``item``, or for its own first thing where no item is said."""
    for line in recipe.ingredients:
        parts = alternatives(line)
        if len(parts) < 2:
            continue
        others = [n for n, part in enumerate(parts) if instead and _has(part, instead)]
        own = [n for n, part in enumerate(parts) if _has(part, item)] if item else [0, *range(1, len(parts))]
        if instead and any(n != m for n in others for m in own):
            return line.text
        if not instead and own and len(parts) > len(own):
            return line.text
    return ""


def optional(recipe: Recipe, lines: Sequence[Ingredient], item: str) -> str:
    """The line, or the clause of a step, that says a food may be left out."""
    for line in lines:
        if line.optional or _OPTIONAL.search(line.text):
            return line.text
    for text in recipe.steps:
        for sentence in split(text):
            if any(_OPTIONAL.search(part) and _has(part, item) for part in _beside(sentence, item)):
                return sentence
    return ""


def _beside(sentence: str, item: str) -> list[str]:
    """The clause of a sentence that names a food, with the words right behind it."""
    parts = re.split(r"(?<=[;:])\s|,\s(?=(?:then|and then|until)\b)", sentence)
    return [part for part in parts if _has(part, item)]


def note(recipe: Recipe, item: str, instead: str = "") -> str:
    """The sentence of the introduction or of a tip that says what may take a food's place, or that it may be missing."""
    for text in (*recipe.tips, *recipe.pitfalls, recipe.description):
        sentences = split(text)
        for n, sentence in enumerate(sentences):
            said = _has(sentence, item) if item else True
            if said and (not instead or _has(sentence, instead)) and (_OFFERS.search(sentence) or not item):
                rest = (
                    sentences[n + 1]
                    if n + 1 < len(sentences) and re.match(r"(?:It|They|That|This)\b", sentences[n + 1])
                    else ""
                )
                return f"{sentence} {rest}".strip()
    return ""


def denies(text: str) -> bool:
    """Whether a sentence says that it does not work."""
    return _DENIED.search(text) is not None


def _has(text: str, food: str) -> bool:
    asked = stems(food)
    return bool(asked) and all(mentions(word, text) or _called(word) & stems(text) for word in asked)


def _called(word: str) -> frozenset[str]:
    """What a food is called together with others: "nuts" for walnuts."""
    return frozenset(stem(name) for name, kinds in food_kinds().items() if word in {stem(kind) for kind in kinds})
