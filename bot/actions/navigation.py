"""Moving through the recipe and looking around in it: exact code, so that the order of steps is never a guess."""

import re

from bot.actions.base import BACK, NEXT, Decision, Scene, no_recipe
from bot.actions.timers import timer_buttons
from bot.messages import Button
from retrieval.recipe import Recipe

SOON = 120.0  # so many seconds after a step was told, "not done yet" is of the one before
_OF_THE_MOVE = re.compile(
    r"\b(?:fast|quick|quickly|soon|far|early|slow|skipped|jumped|ahead|last|previous|before)\b", re.I
)


def step_reply(scene: Scene, step: int, lead: str = "", worded: bool = True) -> Decision:
    """Go to a step and show it."""
    recipe, session = scene.recipe, scene.session
    assert recipe is not None
    session.before, session.moved = (session.step if step > session.step else 0), scene.now
    session.step, session.ahead, session.finished, session.pending = step, 0, False, None
    item = recipe.steps[step - 1]
    buttons = (BACK, NEXT) if step > 1 else (NEXT,)
    last = " This is the last one." if step == len(recipe.steps) and step > 1 else ""
    return Decision(
        f"{lead or f'Step {step} of {len(recipe.steps)}.'}{last}",
        intent="return_next_step",
        user_intent="request_next_step",
        shared=(item,),
        worded=worded and not lead,
        buttons=buttons + timer_buttons(item),
        title=f"Step {step} of {len(recipe.steps)}",
    )


def next_step(scene: Scene) -> Decision:
    """The step after the one at hand."""
    if scene.recipe is None:
        return no_recipe()
    if at_the_end(scene):
        return finished(scene.recipe)
    return step_reply(scene, scene.session.step + 1)


def at_the_end(scene: Scene) -> bool:
    """Whether there is no step after the one at hand."""
    return scene.recipe is not None and 0 < len(scene.recipe.steps) <= scene.session.step


def start(scene: Scene) -> Decision:
    """The first step."""
    return no_recipe() if scene.recipe is None else step_reply(scene, 1)


def back(scene: Scene) -> Decision:
    """The step before."""
    if scene.recipe is None:
        return no_recipe()
    if scene.session.step <= 1:
        if scene.session.step == 0:
            return Decision(
                'We have not started yet. Say "next" for the first step.',
                user_intent="request_next_step",
                buttons=(NEXT,),
            )
        return step_reply(scene, 1, "This is the first step already.")
    return step_reply(scene, scene.session.step - 1, f"Back to step {scene.session.step - 1}.")


def too_soon(scene: Scene) -> Decision | None:
    """Back to the step from which the message before moved on; None where it did not, or that is so long ago that "not
    done yet" is said of the step at hand.
    """
    session, text = scene.session, scene.message.text
    session.ahead = 0
    if scene.recipe is None or session.pending is not None or not 0 < scene.moved_from < session.step:
        return None
    if scene.now - session.moved > SOON and not _OF_THE_MOVE.search(text):
        return None
    return step_reply(scene, scene.moved_from, f"Back to step {scene.moved_from}.")


def hold(scene: Scene) -> Decision | None:
    """The cook wants a moment."""
    return (
        Decision("All right. I am here when you need me.", "chitchat", "chitchat") if scene.recipe is not None else None
    )


def repeat(scene: Scene) -> Decision:
    """The step at hand once more."""
    if scene.recipe is None:
        return no_recipe()
    if scene.session.step == 0:
        return _ready(scene.recipe)
    return step_reply(scene, scene.session.step, f"Once more, step {scene.session.step}.")


def goto(scene: Scene) -> Decision:
    """A step by its number."""
    if scene.recipe is None:
        return no_recipe()
    count = len(scene.recipe.steps)
    step = int(scene.wish.args["step"])
    step = count if step == -1 else step
    if not 1 <= step <= count:
        return Decision(
            f"{scene.recipe.title} has {count} step{'s' if count != 1 else ''}; tell me a number from 1 to {count}.",
            intent="ask_student_question",
            user_intent="request_next_step",
        )
    return step_reply(scene, step, f"Step {step} of {count}.")


def where(scene: Scene) -> Decision:
    """Where the cook is."""
    if scene.recipe is None:
        return no_recipe()
    step, count = scene.session.step, len(scene.recipe.steps)
    if step == 0:
        return _ready(scene.recipe)
    left = count - step
    rest = f"{left} more after this one" if left else "this is the last one"
    return Decision(
        f"You are at step {step} of {count} of {scene.recipe.title}; {rest}.",
        intent="answer_question_recipe_steps",
        user_intent="ask_question_recipe_steps",
        shared=(scene.recipe.steps[step - 1],),
        buttons=(BACK, NEXT),
    )


def remaining(scene: Scene) -> Decision:
    """The steps that are left, shown."""
    if scene.recipe is None:
        return no_recipe()
    step, count = scene.session.step, len(scene.recipe.steps)
    left = scene.recipe.steps[step:]
    if not left:
        return finished(scene.recipe)
    return Decision(
        f"{len(left)} of {count} steps {'is' if len(left) == 1 else 'are'} "
        f"left{f', after step {step}' if step else ''}.",
        intent="answer_question_recipe_steps",
        user_intent="ask_question_recipe_steps",
        shared=left,
        buttons=(NEXT,),
        title="Still to do",
    )


def all_steps(scene: Scene) -> Decision:
    """Every step, shown."""
    if scene.recipe is None:
        return no_recipe()
    return Decision(
        f'{scene.recipe.title} has {len(scene.recipe.steps)} steps. Say "next" to go through them one by one.',
        intent="answer_question_recipe_steps",
        user_intent="ask_question_recipe_steps",
        shared=scene.recipe.steps,
        buttons=(NEXT,),
        title="All steps",
    )


def ingredients(scene: Scene) -> Decision:
    """The ingredient list, for the servings that were asked for."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    return Decision(
        f"You need {len(recipe.ingredients)} things{_for_servings(recipe)}.",
        intent="return_list_ingredients_tools",
        user_intent="ask_question_ingredients_tools",
        shared=tuple(i.text for i in recipe.ingredients),
        worded=True,
        buttons=(NEXT,),
        title="Ingredients",
    )


def part_of_list(scene: Scene) -> Decision:
    """The first, the last or the next few ingredients; the next after those that were told last."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    lines, count = tuple(i.text for i in recipe.ingredients), scene.wish.args["count"]
    first = {"first": 0, "last": max(0, len(lines) - count), "next": _told_lines(scene)}[scene.wish.args["which"]]
    shared = lines[first : first + count]
    if not shared:
        return Decision("That was the whole list.", user_intent="ask_question_ingredients_tools", buttons=(NEXT,))
    rest = len(lines) - first - len(shared)
    more = f" {rest} more after {'it' if len(shared) == 1 else 'them'}." if rest else ""
    return Decision(
        f"{'; '.join(shared)}.{more}",
        intent="return_list_ingredients_tools",
        user_intent="ask_question_ingredients_tools",
        shared=shared,
        buttons=(NEXT,),
        title="Ingredients",
    )


def count_ingredients(scene: Scene) -> Decision:
    """How many ingredients there are, or how many of them were not told yet."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    count, told = len(recipe.ingredients), _told_lines(scene) if scene.wish.args["left"] else 0
    text = f"{count - told} of {count} ingredients are left." if told else f"{recipe.title} has {count} ingredients."
    return Decision(text, "answer_question_recipe_steps", "ask_question_ingredients_tools", buttons=(NEXT,))


def _told_lines(scene: Scene) -> int:
    """How many lines of the list were told when the cook was last told a part of it."""
    assert scene.original is not None
    lines = [i.text for i in scene.original.ingredients]
    for turn in reversed(scene.store.turns(scene.chat_id, 4, scene.session.recipe)):
        told = [lines.index(text) + 1 for text in turn.shared if text in lines]
        if told and turn.intent == "return_list_ingredients_tools":
            return max(told) if max(told) < len(lines) or turn.action == "part_of_list" else 0
    return 0


def step_ingredients(scene: Scene) -> Decision:
    """The ingredients that the step at hand names."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    if scene.session.step == 0:
        return ingredients(scene)
    step = recipe.steps[scene.session.step - 1]
    lines = tuple(i.text for i in recipe.ingredients if _named_in(i.item or i.text, step))
    text = (
        f"Step {scene.session.step} uses these."
        if lines
        else f"Step {scene.session.step} names nothing from the ingredient list."
    )
    return Decision(
        text,
        intent="return_list_ingredients_tools",
        user_intent="ask_question_ingredients_tools",
        shared=lines,
        buttons=(NEXT,),
        title=f"For step {scene.session.step}",
    )


def tools(scene: Scene) -> Decision | None:
    """The tools, where the recipe lists them; else the student reads the steps."""
    if scene.recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    if not scene.recipe.tools:
        return None
    return Decision(
        f"You need: {', '.join(scene.recipe.tools)}.",
        intent="return_list_ingredients_tools",
        user_intent="ask_question_ingredients_tools",
    )


def before(scene: Scene) -> Decision | None:
    """What the step before was, told without going there."""
    recipe, step = scene.recipe, scene.session.step
    if recipe is None:
        return no_recipe()
    if step <= 1:
        return Decision(
            "There is no step before the first." if step else 'We have not started yet. Say "next" for the first step.',
            user_intent="ask_question_recipe_steps",
            buttons=(NEXT,),
        )
    text = recipe.steps[step - 2]
    return Decision(
        f"Before that came step {step - 1}: {text}",
        intent="answer_question_recipe_steps",
        user_intent="ask_question_recipe_steps",
        shared=(text,),
    )


def finished(recipe: Recipe) -> Decision:
    """The farewell after the last step."""
    keep = f" {recipe.storage}" if recipe.storage else ""
    return Decision(
        f"That was the last step: your {recipe.title} is done. Enjoy your meal!{keep}",
        intent="chitchat",
        user_intent="request_next_step",
        buttons=(BACK, Button("Done", "stop")),
    )


def _ready(recipe: Recipe) -> Decision:
    return Decision(
        f'We have {recipe.title} open and have not started yet. Say "next" for the first of {len(recipe.steps)} steps.',
        intent="ask_student_question",
        user_intent="request_next_step",
        buttons=(NEXT, Button("Ingredients", "ingredients")),
    )


def _for_servings(recipe: Recipe) -> str:
    return f" for {recipe.servings} servings" if recipe.servings else ""


_WEAK = frozenset(
    [
        "of",
        "and",
        "or",
        "the",
        "a",
        "an",
        "to",
        "for",
        "with",
        "in",
        "fresh",
        "freshly",
        "large",
        "small",
        "medium",
        "ground",
        "whole",
        "dried",
        "chopped",
        "white",
        "black",
        "red",
        "green",
        "plus",
        "more",
        "taste",
        "extra",
        "virgin",
        "all",
        "purpose",
        "fine",
        "hot",
        "cold",
        "warm",
        "cooked",
        "raw",
        "plain",
        "unsalted",
        "boneless",
        "skinless",
        "ripe",
        "sweet",
        "baby",
        "powder",
        "sauce",
        "oil",
        "seeds",
        "leaves",
    ]
)


def _named_in(item: str, step: str) -> bool:
    """Whether a step speaks of an ingredient: its head word, or any strong word of its name."""
    from bot.allergens import singular

    step_words = {singular(w) for w in re.findall(r"[a-z]+", step.lower())}
    item = re.split(r",| or |\(", item.lower())[0]
    words = [singular(w) for w in re.findall(r"[a-z]+", item)]
    strong = [w for w in words if w not in _WEAK and len(w) > 2]
    if strong:
        return strong[-1] in step_words or (
            len(strong) > 1 and sum(w in step_words for w in strong) >= len(strong) - 1 >= 1 and strong[0] in step_words
        )
    return bool(words) and words[-1] in step_words
