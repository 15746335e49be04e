"""Words of a wish and recipes that are about them: without accents, in the singular, and for a kind of food or dish
also by what is of that kind ("cookie": macarons).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import yaml

from retrieval.lexicon import food_kinds, food_lexicon
from retrieval.recipe import Recipe
from retrieval.units import singular

_STOP = frozenset(
    "a an and or the with of in for to on some style easy simple quick best classic homemade my our recipe recipes "
    "make cook dish food please that are is".split()
)
IN_NAME, IN_TEXT, INSIDE = 3, 2, 1


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Lower case without accents: ``"Española"`` → ``"espanola"``."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def words_of(text: str) -> frozenset[str]:
    """The words of a text that name something: singular, without accents."""
    return frozenset(in_order(text))


def in_order(text: str) -> list[str]:
    """:func:`words_of` in the order of the text, each once."""
    found = (singular(w) for w in re.findall(r"[^\W\d_]+", folded(text)))
    return list(dict.fromkeys(w for w in found if w not in _STOP))


@cache
def dish_kinds() -> dict[str, frozenset[str]]:
    """Words for kinds of dishes, with words for what is of that kind."""
    text = (resources.files("retrieval") / "data" / "dish-kinds.yaml").read_text(encoding="utf-8")
    return {name: frozenset(kinds) for name, kinds in yaml.safe_load(text).items()}


@cache
def _kinds(word: str) -> frozenset[str]:
    """What is of the kind that a word names."""
    return dish_kinds().get(word) or food_kinds().get(word, frozenset())


@cache
def is_food(word: str) -> bool:
    """Whether a singular word names a food or a kind of dish."""
    return word in food_lexicon() or is_dish(word)


@cache
def is_dish(word: str) -> bool:
    """Whether a singular word names a kind of dish."""
    return word in dish_kinds() or any(word in kinds for kinds in dish_kinds().values())


@dataclass(frozen=True, slots=True)
class About:
    """Words of a recipe: of its title, cuisine, course and tags; of its description; of its ingredients."""

    name: frozenset[str]
    text: frozenset[str]
    inside: frozenset[str]


_ABOUT: dict[str, tuple[Recipe, About]] = {}


def about(recipe: Recipe) -> About:
    """The words of a recipe, kept while the same recipe is asked for."""
    known = _ABOUT.get(recipe.url)
    if known is not None and known[0] is recipe:
        return known[1]
    found = About(
        words_of(" ".join((recipe.title, recipe.cuisine, recipe.course, *recipe.tags, *recipe.diet))),
        words_of(recipe.description),
        words_of(" ".join(line.text for line in recipe.ingredients)),
    )
    if len(_ABOUT) > 1000:
        _ABOUT.clear()
    _ABOUT[recipe.url] = (recipe, found)
    return found


def level(word: str, recipe: Recipe) -> int:
    """How much a recipe is about a word: 0 for not at all. A food that only its description speaks of is not in it."""
    words, kinds = about(recipe), _kinds(word)
    if word in words.name:
        return IN_NAME
    if kinds & words.name or (word in words.text and not (word in food_lexicon() and word not in words.inside)):
        return IN_TEXT
    return INSIDE if word in words.inside or (word in food_kinds() and kinds & words.inside) else 0


def spoken_of(words: Iterable[str], recipe: Recipe) -> int:
    """How many of some words the recipe is about."""
    return sum(level(word, recipe) > 0 for word in words)


def within(query: str, recipe: Recipe) -> bool:
    """Whether the recipe at hand itself speaks of it ("let's make the sauce")."""
    here = words_of(" ".join((recipe.title, *recipe.steps, *(i.text for i in recipe.ingredients))))
    return words_of(query) <= here


@lru_cache(maxsize=8192)
def _line(text: str) -> str:
    words = " ".join(singular(w) for w in re.findall(r"[^\W\d_]+", folded(text)))
    return f" {words} "


def holds(phrase: str, recipe: Recipe) -> bool:
    """Whether a phrase of several words stands in a recipe as it is said: "ice cream", "ground beef"."""
    said = _line(phrase)
    return any(said in _line(text) for text in (recipe.title, *recipe.tags, *(i.text for i in recipe.ingredients)))


def names(word: str, recipe: Recipe) -> bool:
    """Whether a recipe is called by a word, or by what is of that kind: "the porridge" for oatmeal."""
    title = words_of(recipe.title)
    return word in title or bool(_kinds(word) & title)
