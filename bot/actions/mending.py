"""Slips of the keyboard in a wish: a word that nothing in the kitchen knows is taken for the one a letter away."""

import re
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from bot.actions.base import Pantry
from bot.actions.matching import folded, is_food, level, words_of
from bot.actions.wish_talk import WORDS_OF_WISHING
from bot.words import near
from retrieval.units import singular

SHORTEST = 5  # letters; of shorter words too many are a letter apart


class Vocabulary:
    """The words that recipes and knowledge use.

    Attributes:
        known: All of them.
        names: Those that recipes are called by, which a slip is mended to.
    """

    def __init__(self, pantry: Pantry) -> None:
        recipes = pantry.recipes()
        names = (" ".join((r.title, r.cuisine, r.course, *r.tags, *(i.item for i in r.ingredients))) for r in recipes)
        self.names = frozenset(word for text in names for word in _plain(text))
        texts = [" ".join((r.description, *r.items)) for r in recipes]
        texts += [f"{entry.title} {entry.text}" for entry in pantry.knowledge()]
        self.known = self.names.union(*(_plain(text) for text in texts))


_OF: "WeakKeyDictionary[Pantry, Vocabulary]" = WeakKeyDictionary()


def vocabulary(pantry: Pantry) -> Vocabulary:
    """The words of a pantry, read once."""
    if pantry not in _OF:
        _OF[pantry] = Vocabulary(pantry)
    return _OF[pantry]


def knows(pantry: Pantry, word: str) -> bool:
    """Whether a word stands anywhere in recipes or knowledge, or names a food."""
    return is_food(singular(word)) or bool({word, singular(word)} & vocabulary(pantry).known) or _imported(pantry, word)


def _imported(pantry: Pantry, word: str) -> bool:
    return any(level(singular(word), recipe) for recipe in pantry.search(word, 1))


def mended(text: str, pantry: Pantry) -> str:
    """A text with its slips mended: ``"somthing with shakshouka"`` → ``"something with shakshuka"``."""
    return re.sub(r"[^\W\d_]+(?:'[a-z]+)?", lambda match: _mended(match[0], pantry), text)


def _mended(word: str, pantry: Pantry) -> str:
    plain = folded(word)
    if len(plain) < SHORTEST or "'" in plain or plain in WORDS_OF_WISHING or not words_of(plain):
        return word
    if knows(pantry, plain):
        return word
    for candidates in (WORDS_OF_WISHING, sorted(vocabulary(pantry).names)):
        for candidate in _alike(plain, candidates):
            return candidate
    return word


def _alike(word: str, candidates: Iterable[str]) -> Iterable[str]:
    return (c for c in candidates if len(c) >= SHORTEST and c[0] == word[0] and near(word, c))


def _plain(text: str) -> frozenset[str]:
    return frozenset(w for w in re.findall(r"[^\W\d_]+", folded(text)))
