"""Amounts: how much of something, scaling, units, conversions. Arithmetic only; ``retrieval.quantity`` does it."""

import re
from fractions import Fraction

from bot.actions.base import NEXT, Decision, Scene, listed, no_recipe
from bot.allergens import singular
from bot.messages import Button
from retrieval.convert import convert as quantity_convert
from retrieval.convert import format_amount, kitchen_number
from retrieval.recipe import Ingredient, RecipeError
from retrieval.units import METRIC, canonical_unit, dimension, plural

MOST_SERVINGS = 500


def how_much(scene: Scene) -> Decision | None:
    """The lines of the list that are about an ingredient; None (for the student) if the list names none."""
    if scene.recipe is None:
        return None
    lines = tuple(i.text for i in matching(scene.recipe.ingredients, scene.wish.args["item"]))
    if not lines:
        return None
    return Decision(
        f"{listed(lines)}.",  # the lines verbatim, so no card repeats them
        intent="answer_question_recipe_steps",
        user_intent="ask_question_ingredients_tools",
        shared=lines,
    )


def matching(ingredients: tuple[Ingredient, ...], item: str) -> list[Ingredient]:
    """Ingredients that a cook's word means: all its words occur in the line, whole-word; items before preparations."""
    words = [singular(w) for w in re.findall(r"[a-z]+", item.lower())]
    if not words:
        return []

    def has(text: str) -> bool:
        there = {singular(w) for w in re.findall(r"[a-z]+", text.lower())}
        return all(word in there for word in words)

    by_item = [i for i in ingredients if has(i.item)]
    return by_item or [i for i in ingredients if has(i.text)]


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
