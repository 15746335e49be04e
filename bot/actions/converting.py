"""Units: the cook's own from now on, an amount in another unit, what was just told in another unit."""

import re
from fractions import Fraction

from bot.actions.base import NEXT, Decision, Scene
from retrieval.convert import convert as quantity_convert
from retrieval.convert import kitchen_number, pairs_in, to_metric, to_us
from retrieval.quantity import Amount, find_amounts
from retrieval.recipe import RecipeError
from retrieval.units import METRIC, canonical_unit, dimension, plural

MOST_TOLD = 3  # amounts of one reply
_SYSTEM = {"metric": "metric units", "us": "US units", "recipe": "the recipe's own units"}
_SWITCHES = frozenset("gram kilogram milliliter liter celsius cup ounce pound fahrenheit".split())


def units(scene: Scene) -> Decision:
    """Show metric, US, or the recipe's own units from now on."""
    system = scene.wish.args["system"]
    scene.session.units = system
    text = f"From now on in {_SYSTEM[system]}."
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
    if not item and {dimension(unit), dimension(to)} == {"mass", "volume"}:
        said = f"{_written(amount, unit)} of flour in {plural(to)}"
        return Decision(
            f'That depends on what it is: ask me, for example, "{said}".',
            "ask_student_question",
            "ask_question_ingredients_tools",
        )
    try:
        value = quantity_convert(amount, unit, to, item)
    except RecipeError as error:
        return _fact(str(error))
    about = f" of {item}" if item else ""
    return _fact(f"{_written(amount, unit)}{about} is {_close(value, unit, to)}{_written(value, to)}.")


def that_in(scene: Scene) -> Decision | None:
    """What was just told, or stands in the step at hand, in another unit: as the page itself has it, else worked out.
    Where there is nothing to convert, "in grams" asks for these units from now on.
    """
    to = canonical_unit(scene.wish.args["to"])
    to = "celsius" if scene.wish.args["to"].strip() == "c" else to
    told = _told(scene)
    here = scene.recipe.steps[scene.session.step - 1] if scene.recipe is not None and scene.session.step else ""
    steps = scene.recipe.steps if scene.recipe is not None and dimension(to) == "temperature" else ()
    figure = scene.wish.args.get("figure")
    for text in (told, here, *steps):
        answers = [a for a in _answers(scene, text, to) if figure is None or re.match(rf"{figure}\b", a)]
        if answers:
            return _fact("; ".join(answers[:MOST_TOLD]) + ".")
        amounts = find_amounts(text) if text is told or dimension(to) == "temperature" else []
        if said := next((a.text for a in amounts if a.unit == to and figure in (None, a.lo)), ""):
            return _fact(f"That is {said} already.")
        if heavy := next((a for a in amounts if _alike(a.unit, to) and dimension(a.unit) != dimension(to)), None):
            what = _item(text, heavy) or "it"
            return _fact(f"I do not know how heavy {what} is, so I cannot turn {heavy.text} into {plural(to)}.")
    if scene.wish.args["short"] and to in _SWITCHES:
        scene.wish.args["system"] = "metric" if to in METRIC else "us"
        return units(scene)
    return None


def _told(scene: Scene) -> str:
    """What the reply before said, with what it showed; "" where that was a whole list."""
    last = scene.store.turns(scene.chat_id, 1)
    if not last:
        return ""
    shown = tuple(last[0].details.get("shown") or last[0].shared)
    text = last[0].text.split(" In all:")[0]
    if len(shown) > MOST_TOLD:
        return ""
    return text if find_amounts(text) else " ".join(shown)


def _answers(scene: Scene, text: str, to: str) -> list[str]:
    """Every amount of a text in another unit, in its order: the figure beside it first, else that of its own system."""
    amounts = find_amounts(text)
    pairs = {pair[1]: pair[2] for pair in pairs_in(text, amounts)}
    paired = set(pairs.values())
    told: list[str] = []
    for n, amount in enumerate(amounts):
        if n in paired:
            continue
        other = amounts[pairs[n]] if n in pairs else None
        if other is not None and to in (amount.unit, other.unit):
            left, right = (other, amount) if amount.unit == to else (amount, other)
            told.append(f"{left.text} is {right.text}")
            continue
        source = other if other is not None and (other.unit in METRIC) == (to in METRIC) else amount
        if source.unit != to and _alike(source.unit, to) and (found := _one(scene, text, source, to)):
            told.append(found)
    return list(dict.fromkeys(told))


def _alike(unit: str, to: str) -> bool:
    """Whether an amount may be told in a unit; sticks and counts are left."""
    kinds = {dimension(unit), dimension(to)}
    return bool(unit) and (len(kinds) == 1 or kinds == {"mass", "volume"}) and "count" not in kinds


def _one(scene: Scene, text: str, amount: Amount, to: str) -> str:
    """One amount as the recipe has it in that unit, or worked out; "" where it cannot be."""
    own = _own(scene, amount, to)
    item = _item(text, amount)
    if own:
        return f"{amount.text} is {own}"
    if dimension(amount.unit) == "temperature":  # as the page shows it in these units: ovens in steps of ten
        return f"{amount.text} is {(to_metric if to == 'celsius' else to_us)(amount.text)}"
    try:
        values = [quantity_convert(value, amount.unit, to, item) for value in amount.values]
    except RecipeError:
        return ""
    of = f" of {item}" if item and dimension(amount.unit) != dimension(to) else ""
    figures = " to ".join(_written(v, to) for v in values)
    return f"{amount.text}{of} is {_close(values[0], amount.unit, to)}{figures}"


def _item(text: str, amount: Amount) -> str:
    """The food that an amount is of: the words behind it."""
    after = re.split(r"[,;.()]|\b(?:and|in|into|over|with|for|to)\b", text[amount.end : amount.end + 60].lstrip(" ."))[
        0
    ]
    return re.sub(r"^(?:of )?(?:the )?", "", after.strip()).strip()


def _own(scene: Scene, amount: Amount, to: str) -> str:
    """The figure beside the same amount somewhere in the recipe as written: "425°F (220°C)"."""
    if scene.original is None or dimension(amount.unit) != dimension(to):
        return ""
    for text in scene.original.items:
        amounts = find_amounts(text)
        for _, left, right, _ in pairs_in(text, amounts):
            for one, other in ((amounts[left], amounts[right]), (amounts[right], amounts[left])):
                if one.unit == amount.unit and one.values == amount.values and other.unit == to:
                    return other.text
    return ""


def _close(value: Fraction, unit: str, to: str) -> str:
    """The word "about" where the figure is rounded, or a cup is weighed."""
    if dimension(unit) == "temperature":
        return ""
    rounded = to in METRIC and Fraction(_decimal(value)) != value
    return "about " if rounded or {dimension(unit), dimension(to)} == {"mass", "volume"} else ""


def _unit(said: str, other: str) -> str:
    """Canonical unit; "c" beside "f" is Celsius, beside anything else a cup."""
    said, other = (text.replace("°", "").replace("degrees", "").strip() for text in (said, other))
    if said in ("c", "f") and other[:1] in ("c", "f") and other not in ("cup", "cups"):
        return "celsius" if said == "c" else "fahrenheit"
    return canonical_unit(said)


def _written(value: Fraction, unit: str) -> str:
    if unit in ("celsius", "fahrenheit"):
        return f"{round(value)}°{unit[0].upper()}"
    exact = _decimal(value) if unit in METRIC else kitchen_number(value) if value < 20 else f"{float(value):.4g}"
    # Spoken as "0.91 kilograms", but "1/2 cup".
    return f"{exact} {plural(unit) if value > 1 or ('.' in exact and unit in METRIC) else unit}"


def _decimal(value: Fraction) -> str:
    """A figure as scales show it: two digits below ten, whole above."""
    digits = 0 if value >= 10 else 1 if value >= 2 else 2
    text = f"{float(value):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fact(text: str) -> Decision:
    return Decision(text, "answer_question_external_fact", "ask_question_ingredients_tools")
