"""Allergies and diets: remembered, warned about, never assured beyond what the recipe's list says."""

import re
from dataclasses import replace

from bot import allergens
from bot.actions import choosing, substituting
from bot.actions.base import Decision, Scene, listed, no_recipe, read_out
from bot.actions.recogniser import Wish, recognise
from bot.actions.restrictions import plain
from bot.actions.wish_talk import wish_in
from bot.session import Session
from bot.words import clauses, regular
from model.facts import foods
from retrieval.recipe import Recipe

_CANNOT_CLEAR = "I can only read the list: check the labels for traces."


def set_allergies(scene: Scene) -> Decision:
    """Remember allergies, intolerances and dislikes; warn about the recipe at hand."""
    session = scene.session
    items = [food for item in scene.wish.args["items"] if (food := plain(item))]
    diets = scene.wish.args.get("diets", [])
    remember(session, items, diets)
    told = f"no {listed([allergens.spoken(item) for item in items], 'or')}"
    text = f"Noted: {listed([told, *diets])}."
    if scene.original is not None:
        found = allergens.clashes(scene.original, items, diets)
        if found:
            text += f" Careful, {scene.original.title} has {listed(found)}."
            if not scene.wish.args.get("dislike"):
                text += " Please do not eat it as it is; ask me for a substitute or for another recipe."
        else:
            text += f" The ingredient list of {scene.original.title} names none.{_beside(scene.original, items)}"
            text += f" {_CANNOT_CLEAR}"
    else:
        text += (
            f" I will leave it out when I look for recipes. {_CANNOT_CLEAR}"
            if not scene.wish.args.get("dislike")
            else " I will leave it out when I look for recipes."
        )
    return _wish_too(scene, text) or _answer_too(scene, text)


def remember(session: Session, allergies: list[str], diets: list[str]) -> None:
    """Keep allergies and diets for what is offered from now on."""
    session.allergies = list(dict.fromkeys([*session.allergies, *allergies]))[:30]
    session.diet = list(dict.fromkeys([*session.diet, *diets]))


def mind(scene: Scene, text: str) -> str:
    """A word of warning beside a note that names what a cook must not eat, or ""."""
    clash = substituting.against(text, scene.session.allergies, scene.session.diet)
    if not clash:
        return ""
    return f"Mind: with {clash}, not all of this is for you." if " " in clash else f"Mind: not all of this is {clash}."


def _beside(recipe: Recipe, items: list[str]) -> str:
    """What the page says of foods that its list does not name: "a spoonful of tahini on top is common too"."""
    said = list(dict.fromkeys(s for item in items for s in allergens.find(recipe, item).beside))
    return f" But it may come in elsewhere, for the recipe says: {' '.join(said[:2])}" if said else ""


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
    items = scene.wish.args.get("items", [])
    if (
        scene.original is not None
        and items
        and _DO_WITHOUT.search(asked)
        and not allergens.clashes(scene.original, items, [])
    ):
        asked = ""  # "hates cilantro can i skip it": there is none to skip
    if not asked:
        return Decision(noted, "misc", "misc")
    wish = recognise(asked)
    if wish is not None and wish.name not in _NO_QUESTION:
        answer = ACTIONS[wish.name](replace(scene, wish=wish, message=replace(scene.message, text=asked)))
        if answer is not None:
            return replace(answer, text=f"{noted} {answer.text}")
    offered = _OFFERS.match(asked)
    if (offered or _WANTS_OTHER.search(asked)) and (swaps := _instead(scene, offered["food"] if offered else "")):
        return Decision(f"{noted} {swaps}", "answer_question_external_fact", "ask_question_ingredients_tools")
    found = scene.answer(asked)
    if found is not None and not substituting.against(found.text, scene.session.allergies, scene.session.diet):
        return read_out(found, scene.session.step, noted)
    if found is not None and (swaps := _instead(scene)):  # the page would have the cook put in what must not be in
        return Decision(f"{noted} {swaps}", "answer_question_external_fact", "ask_question_ingredients_tools")
    return Decision(f"{noted} Now ask me the rest again, please.", "misc", "misc")


_DO_WITHOUT = re.compile(r"\b(?:skip|leave|omit|drop)\b.*\b(?:it|that|them|those)\b|\bdo without\b")
_OFFERS = re.compile(
    r"(?:will|would|does|do|is|are|can|could) (?P<food>(?!i |we |it |this |that )[a-z][a-z' -]+?) "
    r"(?:do|work|be ok(?:ay)?|be fine|ok(?:ay)?|fine|good|all ?right|instead)\b"
)
_WANTS_OTHER = re.compile(
    r"\b(?:what|which|any|how)\b.*\b(?:else|instead|other|swap\w*|replac\w+|substitut\w+|subs?|alternatives?|use|put|take|do|"
    r"top|coat|serve|change|around)\b|\binstead\b|^(?:can|could|may|should) (?:i|we) (?:use|put|take|add|do)\b"
)
_NO_QUESTION = frozenset(
    "set_allergies set_diet next start back repeat goto stop leave_recipe resume yes no thank greet".split()
)


def _instead(scene: Scene, offered: str = "") -> str:
    """What may replace the lines of the recipe that go against what the cook has just told, or whether what they offer
    does.
    """
    if scene.original is None:
        return ""
    wish, told = scene.wish, []
    items, diets = wish.args.get("items", []), _diets(scene)
    against: dict[str, str] = {}
    for line in scene.original.ingredients:
        parts = [part.strip() for part in re.split(r",|\(", line.item or line.text)]
        food = next((part for part in parts if substituting.against(part, items, diets)), "")
        if food or substituting.against(line.text, items, diets):
            against[line.text] = food or substituting.food_of(line)
    named = {
        text: food for text, food in against.items() if food.split()[-1].lower() in wish.args.get("then", "").split()
    }
    for number, food in enumerate(list(dict.fromkeys((named or against).values()))[:MOST]):
        offered = "" if number else offered  # it is meant for one of them
        fits = [part for part in food.split(" or ") if not substituting.against(part, items, diets)]
        scene.wish = Wish("substitute", {"item": food, "with": offered})
        if fits and not offered:  # "peanut or neutral oil"
            told.append(f"Of {food} take {fits[0]}.")
        elif (swap := substituting.substitute(scene)) is not None:
            told.append(swap.text)
        else:
            told.append(f"I know nothing that does for {food}.")
    scene.wish = wish
    return "\n".join(dict.fromkeys(told))


MOST = 3  # foods that are replaced in one reply


def _diets(scene: Scene) -> list[str]:
    args = scene.wish.args
    return list(args.get("diets", ())) or ([args["diet"]] if "diet" in args else [])


def set_diet(scene: Scene) -> Decision:
    """Remember a diet; warn about the recipe at hand."""
    diets = _diets(scene)
    remember(scene.session, [], diets)
    text = f"Noted: {listed(diets)}. I will look for {listed(diets)} recipes."
    if scene.original is not None:
        found = allergens.clashes(scene.original, [], diets)
        if found:
            text = f"Noted: {listed(diets)}. Careful, {scene.original.title}: {listed(found)}."
    elif (wish := wish_in(scene.message.text)) is not None:  # "we're hungry, and one of us is vegan"
        scene.wish = wish
        found_too = choosing.suggest(scene) if wish.name == "suggest" else choosing.choose(scene)
        if found_too is not None:
            return replace(found_too, text=f"{text} {found_too.text}")
    return _answer_too(scene, text)


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
    added = scene.wish.args.get("added", "")
    if added and allergens.forbids(diet, added):
        return _answer(f"No: {added} is not {diet}, and so the dish is not any more.")
    return _of_diet(recipe, diet)


def adapt(scene: Scene) -> Decision:
    """How do I make it vegan?"""
    recipe, diet = scene.original, scene.wish.args["diet"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    swaps = _instead(scene) if allergens.keeps_diet(recipe, diet) is False else ""
    if not swaps:
        return _of_diet(recipe, diet)
    return _answer(f"As it is, it is not {diet}. {swaps}", allergens.against_diet(recipe, diet))


def _of_diet(recipe: Recipe, diet: str) -> Decision:
    verdict = allergens.keeps_diet(recipe, diet)
    if verdict:
        marked = diet in recipe.diet or "vegan" in recipe.diet
        text = f"Yes, {recipe.title} is marked {diet}." if marked else f"Yes, the recipe calls itself {diet}."
        if diet.endswith("-free") or not marked:
            text += f" {_CANNOT_CLEAR}"
        return _answer(text)
    lines = allergens.against_diet(recipe, diet)
    if verdict is False and not lines:
        return _answer(f"No, it is not {diet}, by its list of allergens: {listed(recipe.allergens)}.")
    if verdict is False:
        return _answer(f"No, it is not {diet}: it has {'this' if len(lines) == 1 else 'these'}.", lines)
    text = f"The recipe does not say whether it is {diet}, and I see nothing in the list that speaks against it."
    return _answer(f"{text} {_CANNOT_CLEAR}")


def safe_for(scene: Scene) -> Decision:
    """Can my husband with the nut allergy eat this?"""
    recipe, items = scene.original, scene.wish.args["items"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    against = [_of_diet(recipe, d) for d in scene.wish.args["diets"] if allergens.keeps_diet(recipe, d) is not True]
    clashes = allergens.clashes(recipe, items, [])
    lines = tuple(dict.fromkeys(line for item in items for line in allergens.find(recipe, item).lines))
    if clashes:
        text = f"Not as it is: {recipe.title} has {listed(clashes)}. Ask me what to take instead."
    else:
        names = listed([allergens.spoken(item) for item in items], "or")
        text = f"The ingredient list names no {names}.{_beside(recipe, items)} {_CANNOT_CLEAR}"
    return _answer(" ".join([text, *(answer.text for answer in against)]), lines)


def contains(scene: Scene) -> Decision | None:
    """Does it contain nuts?"""
    recipe, item = scene.original, scene.wish.args["item"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    finding = allergens.find(recipe, item)
    beside = _beside(recipe, [item])
    item = allergens.spoken(item)
    if finding.lines:
        return _answer(f"Yes, it has {item}.", finding.lines)
    if finding.declared:
        return _answer(f"Yes: the recipe lists {item} among its allergens.")
    if not allergens.allergens_of(item):
        if any(allergens.singular(item) in step.lower() for step in recipe.steps) or not foods(item):
            return None  # the steps speak of it, or it is no food ("gaps between them"): for the reader
        return _answer(f"The ingredient list names no {item}.")
    if finding.title:
        return _answer(f"The title says {item}, but no line of the list does. {_CANNOT_CLEAR}")
    return _answer(f"The ingredient list names no {item}.{beside} {_CANNOT_CLEAR}")


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
