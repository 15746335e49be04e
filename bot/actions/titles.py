"""A recipe that is asked for by its title, whatever words that holds: "let's make Bread without Yeast"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.base import Decision, Scene
from bot.actions.choosing import open_recipe
from bot.actions.matching import in_order, within
from bot.actions.navigation import where
from retrieval.choosing import is_title
from retrieval.recipe import Recipe

LONGEST = 24  # words
_OPEN = re.compile(
    r"(?:(?:ok(?:ay)?|yes|yeah|hi|hey|hello|so|please|now|alright|actually|well|then)\b[,!. ]+)*"
    r"(?:(?:can|could|shall|should|would) (?:we|i|you) (?:please )?|let(?:')?s |let us |let me |i(?:'d| would)? (?:like|love|want|wanna|need) (?:to )?|"
    r"(?:i|we)(?:'ll| will) |i'm |we're |help me |how (?:do|can|would|should) (?:i|we|you) |how to |please )*"
    r"(?P<verb>(?:make|making|cook|cooking|bake|baking|prepare|preparing|try|open|start|show|find|give|have|take|switch to|go with|pull up|do|get) (?:me |us )?)?"
    r"(?:(?:the|an?|your) )?(?P<called>recipe (?:for |of |called |named )?)?"
)
_CLOSE = re.compile(
    r"(?:,? (?:recipe|please|pls|tonight|today|now|instead|then|thanks|for (?:dinner|lunch|me|us|tonight)))*[\s.!?]*$"
)


def by_title(scene: Scene) -> Decision | None:
    """Open the recipe whose title a message says. In the middle of another a title alone does not: it may be what the
    step makes.
    """
    said = " ".join(scene.message.text.lower().replace("’", "'").split())
    opening = _OPEN.match(said)
    if opening is None or len(said.split()) > LONGEST:
        return None
    if scene.recipe is not None and not (opening["verb"] or opening["called"]):
        return None
    rest = said[opening.end() :]
    forms = (said, rest, _CLOSE.sub("", said), _CLOSE.sub("", rest))
    recipe = _titled(scene, forms)
    if recipe is None:
        return None
    if scene.recipe is not None and recipe.url == scene.session.recipe:
        return where(scene) if scene.session.step else open_recipe(scene, recipe)
    if scene.recipe is not None and len(in_order(recipe.title)) == 1 and within(recipe.title, scene.recipe):
        return None  # "let's make the sauce"
    return open_recipe(scene, recipe)


def _titled(scene: Scene, forms: tuple[str, ...]) -> Recipe | None:
    for form in dict.fromkeys(forms):
        found = next((r for r in scene.pantry.search(form, 3) if is_title(form, r.title)), None) if form else None
        if found is not None:
            return found
    return None
