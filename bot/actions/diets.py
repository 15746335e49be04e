"""Allergies and diets: remembered, warned about, never assured beyond what the recipe's list says."""

from dataclasses import replace

from bot import allergens
from bot.actions import choosing
from bot.actions.base import Decision, Scene, listed, no_recipe
from bot.actions.recogniser import recognise
from bot.actions.wish_talk import wish_in
from bot.words import clauses, regular

_CANNOT_CLEAR = "I can only read the list: check the labels for traces."


def set_allergies(scene: Scene) -> Decision:
    """Remember allergies, intolerances and dislikes; warn about the recipe at hand."""
    session = scene.session
    items = [i for i in scene.wish.args["items"] if i]
    added = [i for i in items if i not in session.allergies]
    session.allergies = [*session.allergies, *added][:30]
    text = f"Noted: no {listed(items, 'or')}."
    if scene.original is not None:
        found = allergens.clashes(scene.original, items, [])
        if found:
            text += f" Careful, {scene.original.title} has {listed(found)}."
            if not scene.wish.args.get("dislike"):
                text += " Please do not eat it as it is; ask me for a substitute or for another recipe."
        else:
            text += f" The ingredient list of {scene.original.title} names none. {_CANNOT_CLEAR}"
    else:
        text += (
            f" I will leave it out when I look for recipes. {_CANNOT_CLEAR}"
            if not scene.wish.args.get("dislike")
            else " I will leave it out when I look for recipes."
        )
    return _wish_too(scene, text) or _answer_too(scene, text)


def _wish_too(scene: Scene, noted: str) -> Decision | None:
    """What was noted, and recipes for the wish that came with it: "a cake for my daughter, she's allergic to nuts"."""
    if scene.original is not None:
        return None
    for part in clauses(regular(scene.message.text)):
        told = recognise(part)
        wish = wish_in(part) if told is None or told.name in ("choose", "suggest") else None
        if wish is not None and wish.name == "choose":
            scene.wish, scene.message = wish, replace(scene.message, text=part)
            found = choosing.choose(scene)
            return replace(found, text=f"{noted} {found.text}") if found is not None else None
    return None


def _answer_too(scene: Scene, noted: str) -> Decision:
    """What was noted, and the answer to a question that came with it."""
    from bot.actions import ACTIONS

    asked = scene.wish.args.get("then", "")
    wish = recognise(asked) if asked else None
    if wish is not None and wish.name != "set_allergies":
        scene.wish = wish
        answer = ACTIONS[wish.name](scene)
        if answer is not None:
            return replace(answer, text=f"{noted} {answer.text}")
    return Decision(noted + (" Now ask me the rest again, please." if asked else ""), "misc", "misc")


def set_diet(scene: Scene) -> Decision:
    """Remember a diet; warn about the recipe at hand."""
    diet = scene.wish.args["diet"]
    if diet not in scene.session.diet:
        scene.session.diet = [*scene.session.diet, diet]
    text = f"Noted: {diet}. I will look for {diet} recipes."
    if scene.original is not None:
        found = allergens.clashes(scene.original, [], [diet])
        if found:
            text += f" Careful, {scene.original.title}: {listed(found)}."
    elif (wish := wish_in(scene.message.text)) is not None:  # "we're hungry, and one of us is vegan"
        scene.wish = wish
        found_too = choosing.suggest(scene) if wish.name == "suggest" else choosing.choose(scene)
        if found_too is not None:
            return replace(found_too, text=f"{text} {found_too.text}")
    return Decision(text, "misc", "misc")


def forget_diet(scene: Scene) -> Decision:
    """Drop all diets and allergies."""
    scene.session.diet, scene.session.allergies = [], []
    return Decision("I have cleared your diet and allergies: nothing is left out any more.", "misc", "misc")


def my_diet(scene: Scene) -> Decision:
    """What is remembered."""
    diet, avoid = scene.session.diet, scene.session.allergies
    if not diet and not avoid:
        return Decision(
            'I know of no diet or allergy of yours. Tell me, for example "I\'m allergic to nuts".', "misc", "misc"
        )
    parts = [f"you eat {listed(diet)}"] if diet else []
    parts += [f"no {listed(avoid, 'or')} for you"] if avoid else []
    return Decision(f"I remember: {'; '.join(parts)}.", "misc", "misc")


def is_diet(scene: Scene) -> Decision:
    """Is this vegan?"""
    recipe, diet = scene.original, scene.wish.args["diet"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    verdict = allergens.keeps_diet(recipe, diet)
    if verdict:
        text = f"Yes, {recipe.title} is marked {diet}."
        if diet.endswith("-free"):
            text += f" {_CANNOT_CLEAR}"
        return _answer(text)
    lines = allergens.against_diet(recipe, diet)
    if verdict is False:
        return _answer(f"No, it is not {diet}: it has {'this' if len(lines) == 1 else 'these'}.", lines)
    text = f"The recipe does not say whether it is {diet}, and I see nothing in the list that speaks against it."
    return _answer(f"{text} {_CANNOT_CLEAR}")


def contains(scene: Scene) -> Decision | None:
    """Does it contain nuts?"""
    recipe, item = scene.original, scene.wish.args["item"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    finding = allergens.find(recipe, item)
    item = "nuts" if item == "nut" else item
    if finding.lines:
        return _answer(f"Yes, it has {item}.", finding.lines)
    if finding.declared:
        return _answer(f"Yes: the recipe lists {item} among its allergens.")
    if not allergens.allergens_of(item):
        if any(allergens.singular(item) in step.lower() for step in recipe.steps):
            return None  # the steps speak of it: for the student
        return _answer(f"The ingredient list names no {item}.")
    return _answer(f"The ingredient list names no {item}. {_CANNOT_CLEAR}")


def allergen_list(scene: Scene) -> Decision:
    """The recipe's allergens, by its own list and by its ingredient lines."""
    recipe = scene.original
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    named = list(recipe.allergens)
    if named:
        return _answer(f"{recipe.title} lists: {listed(named)}. {_CANNOT_CLEAR}")
    found = [name for name in allergens.NAMES if allergens.find(recipe, name)]
    if found:
        return _answer(f"The recipe has no allergen list; its ingredients name {listed(found)}. {_CANNOT_CLEAR}")
    return _answer(f"I see none of the common allergens in the ingredient list. {_CANNOT_CLEAR}")


def _answer(text: str, shared: tuple[str, ...] = ()) -> Decision:
    return Decision(text, "answer_question_recipe_steps", "ask_question_ingredients_tools", shared=shared)
