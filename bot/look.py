"""The recipe as one cook sees it: scaled to their servings, in their units. Items keep their order and number."""

from dataclasses import replace
from fractions import Fraction

from bot.session import Session
from retrieval.quantity import scale_line, scale_recipe, scale_step, to_metric, to_us
from retrieval.recipe import Recipe


def look(recipe: Recipe, session: Session) -> Recipe:
    """The cook's view of a recipe; the recipe itself where nothing was asked for."""
    servings = session.servings
    if servings and recipe.servings and servings != recipe.servings:
        recipe = scale_recipe(recipe, servings, steps=True)
    elif session.factor and not recipe.servings:
        factor = Fraction(session.factor)
        recipe = replace(
            recipe,
            ingredients=tuple(replace(i, text=scale_line(i.text, factor)) for i in recipe.ingredients),
            steps=tuple(scale_step(step, factor) for step in recipe.steps),
        )
    return in_units(recipe, session.units)


def in_units(recipe: Recipe, units: str) -> Recipe:
    """Amounts and temperatures in "metric" or "us"; "recipe" leaves them as written."""
    if units == "recipe":
        return recipe
    turn = to_metric if units == "metric" else to_us
    return replace(
        recipe,
        ingredients=tuple(replace(i, text=turn(i.text)) for i in recipe.ingredients),
        steps=tuple(turn(step) for step in recipe.steps),
    )


def as_written(items: tuple[str, ...], seen: Recipe, original: Recipe) -> tuple[str, ...]:
    """Items of a cook's view, as the recipe has them: what the log keeps."""
    if seen is original:
        return items
    back = dict(zip(seen.items, original.items, strict=False))
    return tuple(back.get(item, item) for item in items)
