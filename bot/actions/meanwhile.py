"""What can be done while something cooks or rests: a later step that says so itself, else what is to be got ready."""

import re

from bot.actions.base import Decision, Scene
from bot.actions.navigation import next_step
from bot.page.portions import named
from retrieval.recipe import Ingredient, Recipe

SHOWN = 4  # ingredient lines to get ready
_OPENS = re.compile(
    r"(?:meanwhile|in the mean ?time|while (?:the|it|this|that|they|these|those|everything)\b)", re.IGNORECASE
)
# What was made in a step before.
_MADE = re.compile(
    r"\b(?:juices|drippings|(?:the|this|your|that) (?:\w+ )?"
    r"(?:sauce|mixture|dough|batter|filling|broth|gravy|glaze|marinade|base))\b",
    re.IGNORECASE,
)
_TO_PREPARE = re.compile(
    r"\b(?:minced|chopped|grated|sliced|diced|peeled|crushed|cubed|shredded|cut|halved|quartered|juiced|squeezed|trimmed|"
    r"rinsed|drained|seeded|deseeded|pitted|julienned|crumbled|beaten|sifted|separated|torn|deveined|mashed|slivered|"
    r"pounded|cored|stemmed|matchsticks|wedges|chunks|strips)\b",
    re.IGNORECASE,
)


def meanwhile(scene: Scene) -> Decision | None:
    """The next step or a later one that is done meanwhile, or the lines that coming steps want ready; None where there
    is nothing of the kind.
    """
    recipe, step = scene.recipe, scene.session.step
    if recipe is None or not 0 < step < len(recipe.steps):
        return None
    if _OPENS.match(recipe.steps[step]):
        return next_step(scene)
    for number, text in enumerate(recipe.steps[step + 1 :], step + 2):
        if _OPENS.match(text) and _stands_alone(recipe, number):
            return _told(f"This can be done now. Step {number}: {text}", (text,))
    lines = to_prepare(recipe, step) if scene.wish.args["named"] else []
    if not lines:
        return None
    shown = tuple(line.text for line in lines[:SHOWN])
    return _told(f"You can get ready what the next steps want: {'; '.join(shown)}.", shown)


def _stands_alone(recipe: Recipe, number: int) -> bool:
    """Whether a step can be done before those that lead to it: all that it takes is named there for the first time."""
    past, text = recipe.steps[: number - 1], recipe.steps[number - 1]
    lines = [line for line in recipe.ingredients if named(line, recipe, text)]
    return bool(lines) and not _MADE.search(text) and not any(named(line, recipe, t) for line in lines for t in past)


def to_prepare(recipe: Recipe, step: int) -> list[Ingredient]:
    """Ingredients that are to be cut, peeled or the like and come in only after a step, in the order in which they do.

    Args:
        recipe: The recipe as the cook sees it.
        step: The step at hand, from 1.
    """
    past, coming = recipe.steps[:step], recipe.steps[step:]
    found = []
    for line in recipe.ingredients:
        if _TO_PREPARE.search(line.text) and not any(named(line, recipe, text) for text in past):
            first = next((n for n, text in enumerate(coming) if named(line, recipe, text)), None)
            if first is not None:
                found.append((first, line))
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _told(text: str, shared: tuple[str, ...]) -> Decision:
    return Decision(text, "answer_question_recipe_steps", "ask_question_recipe_steps", shared=shared)
