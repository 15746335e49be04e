"""Which recipes meet a wish, in the order in which they are offered, and what of the wish none of them meets."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
import zlib
from typing import Any

from bot import allergens
from bot.actions.base import Scene
from bot.actions.matching import folded, holds, in_order, is_food, level, words_of
from bot.actions.mending import knows
from bot.actions.tastes import EVENING_S, TOOLS, Taste, is_baked, is_vague, mood_score, ranked, spoken
from bot.actions.wish_talk import searched
from bot.words import bare, regular
from retrieval.recipe import Recipe

FOUND = 12  # recipes that are kept for a wish, to be shown a few at a time
_SEPARATORS = re.compile(r"\s*(?:[,;]|\b(?:and|or|with|plus)\b)\s*")
_MAINS = ("", "main", "breakfast", "soup")


def limits_for(scene: Scene, args: dict[str, Any]) -> dict[str, Any]:
    """The limits of a wish with the cook's diet and allergies. A tool is none: it is in no ingredient list."""
    limits = dict(args)
    diet = [*limits.get("diet", []), *scene.session.diet]
    without = [w for w in (*limits.pop("without", []), *scene.session.allergies) if w not in TOOLS]
    if diet:
        limits["diet"] = list(dict.fromkeys(diet))
    if without:
        limits["without"] = list(dict.fromkeys(without))
    return limits


def keeps(recipe: Recipe, limits: dict[str, Any]) -> bool:
    """Whether a recipe keeps a time limit, diets and exclusions. What cannot be told is not kept."""
    longest = limits.get("max_total_s")
    if longest and (recipe.total_s is None or recipe.total_s > longest):
        return False
    if any(allergens.find(recipe, word) for word in limits.get("without", ())):
        return False
    return all(allergens.keeps_diet(recipe, diet) for diet in limits.get("diet", ()))


def phrases(query: str) -> list[str]:
    """The parts of a query without words of wishing: ``"chicken with some rice"`` → chicken, rice."""
    return list(dict.fromkeys(part for piece in _SEPARATORS.split(query) if (part := searched(piece))))


def naming(query: str) -> list[str]:
    """The words of a query that name something, not how it should be."""
    return [word for phrase in phrases(query) for word in in_order(phrase) if not is_vague(word)]


def matches(scene: Scene, query: str, taste: Taste, limits: dict[str, Any]) -> list[Recipe]:
    """Recipes for a query, best first; also those that are about all of it in words that no search finds."""
    words = naming(query)
    found = scene.pantry.search(query, 2 * FOUND, **limits)
    more = (r for r in scene.pantry.recipes() if spoken(r, words) == len(words) and keeps(r, limits))
    pool = {recipe.url: recipe for recipe in (*found, *more)}
    return _held(phrases(query), ranked(pool.values(), words, taste))


def _held(said: list[str], recipes: list[Recipe]) -> list[Recipe]:
    """Where some recipes have a phrase of several words as it is said, only they have it: "ice cream" is not ice and
    cream. Of several phrases those first that have most.
    """
    if len(said) == 1 and len(said[0].split()) > 1:
        return [recipe for recipe in recipes if holds(said[0], recipe)] or recipes
    if any(len(phrase.split()) > 1 for phrase in said):
        recipes.sort(key=lambda recipe: -sum(_has(phrase, recipe) for phrase in said))
    return recipes


def _has(phrase: str, recipe: Recipe) -> bool:
    return holds(phrase, recipe) if len(phrase.split()) > 1 else bool(spoken(recipe, in_order(phrase)))


def browse(scene: Scene, limits: dict[str, Any], taste: Taste = Taste(), but: tuple[str, ...] = ()) -> list[Recipe]:
    """Recipes that keep the limits, by taste: main dishes first, what is done in an evening before the rest, in an
    order that changes by the minute.
    """
    fits = shuffled(scene, [r for r in scene.pantry.recipes() if r.url not in but and keeps(r, limits)])
    if taste.baked:
        fits = [r for r in fits if is_baked(r)] or fits
    else:
        fits.sort(key=lambda r: (r.course not in _MAINS, (r.total_s or 0) > EVENING_S))
    if taste.course:
        fits = [r for r in fits if taste.course in (r.course, *r.tags)] or fits
    if taste.moods:
        fits = [r for r in fits if mood_score(r, taste)] or fits
    return ranked(fits, (), taste)


def shuffled(scene: Scene, recipes: list[Recipe]) -> list[Recipe]:
    """The same recipes in an order that changes by the minute."""
    return sorted(recipes, key=lambda r: zlib.crc32(f"{r.url} {int(scene.now) // 60}".encode()))


def missing(scene: Scene, query: str, shown: list[Recipe]) -> list[str]:
    """Foods and dishes of a query that no recipe is about. Words that name neither are not missed."""
    held = any(spoken(recipe, in_order(query)) for recipe in shown)
    lost: list[str] = []
    for phrase in phrases(query):
        words = [word for word in in_order(phrase) if not is_vague(word) and len(word) > 2]
        absent = [word for word in words if not _anywhere(scene, word)]
        unknown = [word for word in absent if not is_food(word) and not knows(scene.pantry, word)]
        if unknown and _asked_for(scene, phrase) and (len(unknown) < len(words) or not held):
            lost.append(phrase)
        elif not unknown:
            lost += [word for word in _as_said(phrase) if words_of(word) & set(absent) and is_food(*words_of(word))]
    return lost


def named_by_all(query: str, shown: list[Recipe]) -> list[str]:
    """The parts of a query in the cook's words, where every recipe shown is about all of it; else nothing."""
    parts = [" ".join(word for word in _as_said(phrase) if not is_vague(word)) for phrase in phrases(query)]
    parts = [part for part in parts if words_of(part)]
    return parts if all(level(w, recipe) for part in parts for w in words_of(part) for recipe in shown) else []


def _as_said(phrase: str) -> list[str]:
    return re.findall(r"[^\W\d_][\w'-]*", phrase)


def _anywhere(scene: Scene, word: str) -> bool:
    """Whether any recipe is about a word."""
    return any(level(word, r) for r in (*scene.pantry.search(word, 3), *scene.pantry.recipes()))


def names_nothing(scene: Scene, query: str) -> bool:
    """Whether no part of a query is asked for as a dish is: "something scrumptious", "for a rainy sunday"."""
    return not any(_asked_for(scene, phrase) for phrase in phrases(query)) and not any(map(is_food, in_order(query)))


_ASKING = re.compile(
    r"(?:^|\b(?:make|making|cook|cooking|bake|baking|want|fancy|try|like|love|craving|eat|know|how about|what about|recipes? for|"
    r"mood for|do you have|have you got|got|(?:can|could|let's|shall) (?:we|i|us)? ?have)) ?(?:an? |any |some |the |good |us |me )*$"
)


def _asked_for(scene: Scene, phrase: str) -> bool:
    """Whether a phrase stands where a dish is named, or is all of the message."""
    said = bare(folded(regular(scene.message.text)))
    before, found, _ = said.partition(folded(phrase).split()[0])
    return bool(found) and _ASKING.search(before) is not None
