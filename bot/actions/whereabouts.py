"""In which steps a food is used: for a cook who looks ahead, or fears to have missed it."""

from bot.actions.amounts import matching
from bot.actions.base import Decision, Scene, listed, no_recipe
from bot.page.places import mentions
from bot.page.portions import named
from bot.page.question import stems
from bot.page.sentences import split


def when_in(scene: Scene) -> Decision | None:
    """When do I add the cream? Did I miss the salt? None (for the student) where the recipe does not know the word."""
    recipe, step = scene.recipe, scene.session.step
    if recipe is None:
        return no_recipe("ask_question_recipe_steps")
    item, past = scene.wish.args["item"], scene.wish.args["past"]
    lines = matching(recipe.ingredients, item)
    steps = [n for n, text in enumerate(recipe.steps, 1) if any(named(line, recipe, text) for line in lines)]
    asked = stems(item)
    closer = [n for n in steps if all(mentions(word, recipe.steps[n - 1]) for word in asked)]
    steps = closer or steps  # the lemon's juice, not its zest
    if not steps and asked:  # what is made on the way: the marinade, the dough
        steps = [n for n, text in enumerate(recipe.steps, 1) if all(mentions(word, text) for word in asked)]
    if not steps:
        if not lines:
            return _said(f"I find no {item} in this recipe.", ()) if past else None
        return _said(f"No step names it. The list has {listed([line.text for line in lines])}.", ())
    before = [n for n in steps if n <= step]
    after = [n for n in steps if n > step]
    if past and not before:
        text = f"Not yet: it comes in step {after[0]}."
    elif past:
        text = f"It was in {_steps(before)}" + (f", and comes again in {_steps(after)}." if after else ".")
    else:
        text = f"In {_steps(steps)}."
    number = (before[-1] if past and before else steps[0]) - 1
    quoted = [
        s
        for s in split(recipe.steps[number])
        if any(named(i, recipe, s) for i in lines) or (not lines and all(mentions(w, s) for w in asked))
    ]
    return _said(f"{text} {' '.join(quoted)}".rstrip(), (recipe.steps[number],))


def _steps(numbers: list[int]) -> str:
    return f"step{'s' if len(numbers) > 1 else ''} {listed([str(n) for n in numbers])}"


def _said(text: str, shared: tuple[str, ...]) -> Decision:
    return Decision(text, "answer_question_recipe_steps", "ask_question_recipe_steps", shared)
