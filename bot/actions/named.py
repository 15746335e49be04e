"""A recipe that is named in so many words, without a frame around it: "shakshuka", "a cake, please", "the vegan one"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.base import Decision, Scene
from bot.actions.choosing import named_by, nearest, nothing, offer, open_recipe
from bot.actions.larder import browse, limits_for, matches, naming
from bot.actions.matching import IN_NAME, dish_kinds, in_order, is_dish, level, within, words_of
from bot.actions.mending import knows
from bot.actions.navigation import where
from bot.actions.restrictions import DIET, DIETS
from bot.actions.tastes import Taste, spoken, taste_of
from bot.actions.wish_talk import WORDS_OF_WISHING, searched
from bot.words import bare, regular, unasked
from retrieval.recipe import Recipe

THE_DIET = re.compile(
    rf"(?:i'll |i will )?(?:take |make |have |cook |do |i want )?(?:the|an?) (?P<d>{DIET})(?: (?:one|recipe|dish|option|version))?"
)
# "The chocolate ones" of a recipe that was opened, and not begun.
THE_ONES = re.compile(
    r"(?:(?:i'll |i will )?(?:take|make|have|cook|do|i want) )?(?:the )?(?P<x>(?!other|last|first|second|third|that|this|which|no|any|each|another)[a-z][a-z' -]+?) ones?"
)


def names_recipe(scene: Scene) -> Decision | None:
    """A bare "shakshuka" when nothing is open: the title, or a short wish with no question in it. In the middle of a
    recipe only the whole title of another, of two words or more, or "a cake, please".
    """
    text = scene.message.text.strip()
    if "?" in text or len(text.split()) > 14:
        return None
    asked = words_of(text)
    if scene.recipe is not None:
        return _names_another(scene, text, asked)
    titled = _titled(scene, text)
    if titled is not None:
        return open_recipe(scene, titled)
    if len(text.split()) > 6:  # nothing so long but a whole title
        return None
    named = named_by(scene, text, sure=False)
    if named is not None:
        return open_recipe(scene, named)
    if (of_kind := _of_kind(scene, text)) is not None:
        return of_kind
    found = [r for r in scene.pantry.search(text, 5) if asked and asked <= words_of(r.title)]
    return offer(scene, found, text.lower()) if found else _unknown_dish(scene, text)


def _of_kind(scene: Scene, text: str) -> Decision | None:
    """Recipes of a kind or a cuisine that is all of a short message: "japanese", "thai soup"."""
    words = set(naming(bare(regular(text))))
    if not words or len(text.split()) > 4:
        return None
    found = [
        r
        for r in matches(scene, text, taste_of(text), limits_for(scene, {}))
        if all(level(w, r) == IN_NAME for w in words)
    ]
    kinds = {w for r in found for w in words_of(f"{r.cuisine} {r.course}")} | set(dish_kinds())
    return offer(scene, found, text.lower()) if words & kinds and found else None


def _titled(scene: Scene, text: str) -> Recipe | None:
    """The recipe whose whole title, of two words or more, is what a text names."""
    asked = words_of(searched(regular(text)))
    titles = ((r, words_of(r.title.partition("(")[0])) for r in scene.pantry.search(text, 5))
    fits = (r for r, title in titles if words_of(text) == words_of(r.title) or (len(title) > 1 and title == asked))
    return next(fits, None)


def _names_another(scene: Scene, text: str, asked: frozenset[str]) -> Decision | None:
    assert scene.recipe is not None
    if asked and asked == words_of(scene.recipe.title):
        return where(scene)  # it is open already
    if len(asked) >= 2 or (scene.corrected and not within(text, scene.recipe)):
        others = (r for r in scene.pantry.search(text, 5) if r.url != scene.session.recipe)
        other = next((r for r in others if asked and asked == words_of(r.title)), None)
        if other is not None:
            return open_recipe(scene, other)
    return _dish_wished(scene, text) or _version(scene, text) or _other_sort(scene, text)


def _other_sort(scene: Scene, text: str) -> Decision | None:
    """Another sort of the dish that is open and not begun: of cookies "the chocolate ones"."""
    match = THE_ONES.fullmatch(unasked(bare(regular(text))))
    words = naming(match["x"]) if match is not None else []
    if scene.session.step or not words or scene.recipe is None:
        return None
    kinds = [word for word in in_order(scene.recipe.title) if word in dish_kinds()]
    found = matches(scene, " ".join((*words, *kinds)), taste_of(text), limits_for(scene, {}))
    fits = [
        r for r in found if spoken(r, (*words, *kinds)) == len(words) + len(kinds) and r.url != scene.session.recipe
    ]
    return offer(scene, fits, " ".join((*words, *kinds))) if fits else None


def _version(scene: Scene, text: str) -> Decision | None:
    """What is like the recipe at hand and keeps a diet: "the vegan one"."""
    match = THE_DIET.fullmatch(unasked(bare(regular(text))))
    if match is None or scene.recipe is None:
        return None
    limits = limits_for(scene, {"diet": [DIETS[match["d"]]]})
    found = [r for r in matches(scene, scene.recipe.title, Taste(), limits) if r.url != scene.session.recipe]
    return offer(scene, found or browse(scene, limits), "") if found or browse(scene, limits) else None


_A_DISH = re.compile(
    r"(?:(?:i(?:'d| would)? (?:want|like|fancy|love|need)|make|cook|bake|do|have|give me|show me|how about|what about) )?"
    r"(?:an?|some|the) (?P<q>[^\W\d_][\w' -]*)"
)


def _dish_wished(scene: Scene, text: str) -> Decision | None:
    """Another dish, wished for by its kind in the middle of a recipe that is none of that kind: "a cake, please"."""
    assert scene.recipe is not None
    match = _A_DISH.fullmatch(unasked(bare(regular(text))))
    words = in_order(searched(match["q"])) if match is not None else []
    kind = next((kind for kind in (" ".join(words[-2:]), *words[-1:]) if is_dish(kind)), "")
    if not kind or len(words) > 3 or within(kind, scene.recipe):
        return None
    limits = limits_for(scene, {})
    found = [r for r in matches(scene, " ".join(words), taste_of(text), limits) if spoken(r, words) == len(words)]
    return offer(scene, found, " ".join(words)) if found else None


def _unknown_dish(scene: Scene, text: str) -> Decision | None:
    """Two to four words of which the kitchen does not know all, and none of which is for talking, name a dish."""
    words = re.findall(r"[^\W\d_]+", regular(text))
    if not 1 < len(words) <= 4 or any(w in WORDS_OF_WISHING or len(w) < 4 for w in words):
        return None
    if all(knows(scene.pantry, word) for word in words):
        return None
    found = matches(scene, " ".join(words), Taste(), limits_for(scene, {}))
    return nearest(scene, found, " ".join(words)) if found else nothing(scene, " ".join(words), {}, {})
