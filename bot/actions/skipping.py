"""Leaving an ingredient out: what the recipe says of it first, then what could take its place."""

from dataclasses import replace

from bot.actions.amounts import matching
from bot.actions.base import Decision, Scene
from bot.actions.recogniser import Wish
from bot.actions.substituting import page_option, said_on_page, substitute
from bot.page import options


def skip(scene: Scene) -> Decision | None:
    """Can I leave it out? None (for the student) where the recipe has no such thing, or nothing is known."""
    recipe, item = scene.recipe, scene.wish.args["item"]
    if recipe is None:
        return None
    lines = matching(recipe.ingredients, item)
    if told := options.optional(recipe, lines, item):
        return said_on_page(f"Yes, the recipe says so: {told}", told, recipe)
    if (option := page_option(scene, item, "")) is not None:
        return option
    if not lines:
        return None
    other = substitute(replace(scene, wish=Wish("substitute", {"item": item, "with": ""})))
    return replace(other, text=f"The recipe does not say that you can. {other.text}") if other is not None else None
