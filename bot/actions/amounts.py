"""Amounts: how much of something, scaling, units, conversions. Arithmetic only; ``retrieval.quantity`` does it."""

import re
from fractions import Fraction

from bot.actions.base import NEXT, Decision, Scene, listed, no_recipe
from bot.allergens import singular
from bot.messages import Button
from bot.page.places import mentions
from bot.page.portions import named, portions
from bot.page.question import read, stems
from retrieval.convert import convert as quantity_convert
from retrieval.convert import format_amount, kitchen_number
from retrieval.recipe import Ingredient, RecipeError
from retrieval.units import METRIC, canonical_unit, dimension, plural

MOST_SERVINGS = 500


def how_much(scene: Scene) -> Decision | None:
    """How much of an ingredient: what the step at hand takes of it, where it takes a part, and the lines of the list.
    None (for the student) if the list names none.
    """
    recipe, step = scene.recipe, scene.session.step
    item, asked = scene.wish.args["item"], read(scene.message.text)
    if recipe is None:
        there = stems(item)
        here = there and not asked.about - there and (asked.at_hand or _IN.search(asked.text))
        return no_recipe("ask_question_ingredients_tools") if here else None
    lines = matching(recipe.ingredients, item)
    if not lines:
        return None
    shared = tuple(line.text for line in lines)
    text = f"{listed(shared)}."
    if step and not _IN_ALL.search(asked.text):
        text, shared = _for_step(scene, lines, asked.at_hand) or (text, shared)
    return Decision(
        text,  # the lines verbatim, so no card repeats them
        intent="answer_question_recipe_steps",
        user_intent="ask_question_ingredients_tools",
        shared=shared,
    )


_IN = re.compile(r"\b(?:goes?|put|add)\b|\bdo (?:i|we) (?:need|use)$|\bis (?:in|needed)\b")
_IN_ALL = re.compile(r"\b(?:in (?:all|total)|total|altogether|overall|whole recipe)\b")


def _for_step(scene: Scene, lines: list[Ingredient], at_hand: bool) -> tuple[str, tuple[str, ...]] | None:
    """(what the step at hand takes of some lines, these lines); None where it says nothing of its own about them."""
    recipe, step = scene.recipe, scene.session.step
    assert recipe is not None
    here = [line for line in lines if named(line, recipe, recipe.steps[step - 1])]
    parts = [(line, part) for line in here for part in portions(line, recipe, step)]
    if parts:
        lines = list(dict.fromkeys(line for line, _ in parts))
        taken = [f"{part.text}, that is {part.worked_out}," if part.worked_out else part.text for _, part in parts]
        whole = tuple(line.text for line in lines)
        return f"In this step {listed(taken).rstrip(',')}. In all: {listed(whole)}.", whole
    if here:
        lines = here
    elif at_hand:
        later = next(
            (
                n
                for n in range(step + 1, len(recipe.steps) + 1)
                if any(named(i, recipe, recipe.steps[n - 1]) for i in lines)
            ),
            0,
        )
        if later:
            whole = tuple(line.text for line in lines)
            return f"Not in this step, but in step {later}. In all: {listed(whole)}.", whole
    whole = tuple(line.text for line in lines)
    return f"{listed(whole)}.", whole


def matching(ingredients: tuple[Ingredient, ...], item: str) -> list[Ingredient]:
    """Ingredients that a cook's word means: all its words occur in the line, whole-word; items before preparations."""
    words = [singular(w) for w in re.findall(r"[a-z]+", item.lower())]
    if not words:
        return []

    def has(text: str) -> bool:
        there = {singular(w) for w in re.findall(r"[a-z]+", text.lower())}
        return all(word in there for word in words)

    by_item = [i for i in ingredients if has(i.item)]
    # "Cheese" is the Gruyère of the list.
    return (
        by_item
        or [i for i in ingredients if has(i.text)]
        or [i for i in ingredients if all(mentions(stem, i.item or i.text) for stem in stems(item)) and stems(item)]
    )


def scale(scene: Scene) -> Decision:
    """Make it for six; double it; back to the recipe's own."""
    recipe, session = scene.original, scene.session
    if recipe is None:
        return no_recipe("misc")
    servings, factor = scene.wish.args.get("servings"), scene.wish.args.get("factor")
    if servings == 0:
        session.servings, session.factor = 0, ""
    elif recipe.servings:
        base = session.servings or recipe.servings
        wanted = Fraction(servings) if servings else base * Fraction(factor or 1)
        if wanted.denominator != 1 or not 1 <= wanted <= MOST_SERVINGS:
            return Decision(
                f"We are making it for {base}; tell me a whole number of servings up to {MOST_SERVINGS}.",
                "ask_student_question",
                "misc",
            )
        session.servings = int(wanted)
    elif factor:
        total = Fraction(session.factor or 1) * factor
        if not Fraction(1, 20) <= total <= 100:
            return Decision("That is further than I can scale a recipe.", "misc", "misc")
        session.factor = str(total)
    else:
        return Decision(
            f"The recipe does not say how many {recipe.title} serves, so I can only multiply: say "
f"\"double it\" or \"half\".",
            "ask_student_question", "misc", buttons=(Button("Double", "double it"), Button("Half", "half")),
        )  # fmt: skip
    scene.refresh()
    assert scene.recipe is not None
    size = f"for {scene.recipe.servings}" if recipe.servings else f"times {session.factor or 1}"
    note = ""
    if session.servings or session.factor:
        note = " Cooking times stay as written: look earlier for less, later for more."
    return Decision(
        f"Now {size}.{note}",
        intent="return_list_ingredients_tools",
        user_intent="misc",
        shared=tuple(i.text for i in scene.recipe.ingredients),
        title="Ingredients",
        buttons=(NEXT,),
    )


def units(scene: Scene) -> Decision:
    """Show metric, US, or the recipe's own units from now on."""
    system = scene.wish.args["system"]
    scene.session.units = system
    name = {"metric": "metric units", "us": "US units", "recipe": "the recipe's own units"}[system]
    text = f"From now on in {name}."
    scene.refresh()
    if scene.recipe is None:
        return Decision(text, "misc", "misc")
    return Decision(
        text,
        "return_list_ingredients_tools",
        "misc",
        shared=tuple(i.text for i in scene.recipe.ingredients),
        title="Ingredients",
        buttons=(NEXT,),
    )


def convert(scene: Scene) -> Decision:
    """How many grams is 2 cups of flour?"""
    args = scene.wish.args
    amount, item = args["amount"], args["item"]
    unit, to = _unit(args["unit"], args["to"]), _unit(args["to"], args["unit"])
    intent, user_intent = "answer_question_external_fact", "ask_question_ingredients_tools"
    if not item and {dimension(unit), dimension(to)} == {"mass", "volume"}:
        said = f"{format_amount(amount, unit)} of flour in {plural(to)}"
        return Decision(
            f'That depends on what it is: ask me, for example, "{said}".', "ask_student_question", user_intent
        )
    try:
        value = quantity_convert(amount, unit, to, item)
    except RecipeError as error:
        return Decision(str(error), intent, user_intent)
    about = f" of {item}" if item else ""
    close = "about " if "mass" in (dimension(unit), dimension(to)) and dimension(unit) != dimension(to) else ""
    return Decision(f"{_written(amount, unit)}{about} is {close}{_written(value, to)}.", intent, user_intent)


def _unit(said: str, other: str) -> str:
    """Canonical unit; "c" beside "f" is Celsius, beside anything else a cup."""
    said, other = (text.replace("°", "").replace("degrees", "").strip() for text in (said, other))
    if said in ("c", "f") and other[:1] in ("c", "f") and other not in ("cup", "cups"):
        return "celsius" if said == "c" else "fahrenheit"
    return canonical_unit(said)


def _written(value: Fraction, unit: str) -> str:
    if unit in ("celsius", "fahrenheit"):
        return f"{round(value)}°{unit[0].upper()}"
    exact = f"{float(value):.4g}" if unit in METRIC else kitchen_number(value) if value < 20 else f"{float(value):.4g}"
    return f"{exact} {plural(unit) if value > 1 else unit}"
