"""Leaving an ingredient out: what the recipe says of it first, then what could take its place."""

import re
from dataclasses import replace

from bot.actions.amounts import matching
from bot.actions.base import Decision, Scene
from bot.actions.recogniser import Wish
from bot.actions.substituting import page_option, said_on_page, substitute
from bot.page import options

_NEEDED = re.compile(
    r"\b(?:necessary|needed|required|essential|important|must|have to|need to)\b(?!.*\b(?:skip|omit|without|leave))",
    re.IGNORECASE,
)


def skip(scene: Scene) -> Decision | None:
    """Can I leave it out? None (for the student) where the recipe has no such thing, or nothing is known."""
    recipe, item = scene.recipe, scene.wish.args["item"]
    if recipe is None:
        return None
    lines = matching(recipe.ingredients, item)
    if told := options.optional(recipe, lines, item):
        needed = _NEEDED.search(scene.message.text)  # "is it necessary?" is asked the other way round
        return said_on_page(f"{'No: it is optional' if needed else 'Yes, the recipe says so'}: {told}", told, recipe)
    if (option := page_option(scene, item, "")) is not None:
        return option
    if not lines:
        return None
    other = substitute(replace(scene, wish=Wish("substitute", {"item": item, "with": ""})))
    return replace(other, text=f"The recipe does not say that you can. {other.text}") if other is not None else None
