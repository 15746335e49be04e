"""The rules that :mod:`retrieval.check` holds a recipe to. Each yields (severity, sentence) pairs."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from retrieval.amounts import Amount, find_amounts, numbers_in
from retrieval.convert import pairs_in, to_metric, to_us
from retrieval.foods import ALLERGENS, against_diet, contains, food_words, stems
from retrieval.formats.build import DIETS
from retrieval.quantity import format_duration, scale_line
from retrieval.recipe import Recipe
from retrieval.units import density, singular

Severity = Literal["error", "warning"]
COURSES = (
    "main",
    "side",
    "soup",
    "salad",
    "starter",
    "snack",
    "breakfast",
    "bread",
    "dessert",
    "sauce",
    "drink",
    "basic",
)
DIFFICULTIES = ("easy", "medium", "hard")


def vocabulary(recipe: Recipe) -> Iterator[tuple[Severity, str]]:
    for words, allowed, what in ((recipe.diet, DIETS, "diet"), (recipe.allergens, ALLERGENS, "allergen")):
        for word in words:
            if word not in allowed:
                yield "error", f'"{word}" is not in the {what} vocabulary: {", ".join(allowed)}.'
    if recipe.course and recipe.course not in COURSES:
        yield "error", f'The course "{recipe.course}" is not one of {", ".join(COURSES)}.'
    if recipe.difficulty and recipe.difficulty not in DIFFICULTIES:
        yield "error", f'The difficulty "{recipe.difficulty}" is not one of {", ".join(DIFFICULTIES)}.'
    if not recipe.servings:
        yield "warning", "The servings are not said, so it cannot be scaled to a number of people."
    if not 3 <= len(recipe.steps) <= 20:
        yield "warning", f"It has {len(recipe.steps)} steps."


def times(recipe: Recipe) -> Iterator[tuple[Severity, str]]:
    prep, cook, total = recipe.prep_s or 0, recipe.cook_s or 0, recipe.total_s
    if total is None:
        yield "warning", "The total time is not said."
        return
    if prep + cook > total * 1.02 + 60:
        parts = f"{format_duration(prep)} and {format_duration(cook)}"
        yield "error", f"Preparation and cooking ({parts}) take longer than the total of {format_duration(total)}."
    for n, step in enumerate(recipe.steps, 1):
        for amount in numbers_in(step):
            if amount.unit not in ("minute", "hour", "day") or amount.base[0] <= total * 1.05 + 60:
                continue
            if not _AT_WILL.search(step[: amount.start]) and not re.match(
                r"\s+(?:ahead|before|old|or more)", step[amount.end :]
            ):
                yield "error", f"Step {n} says {amount.text}, longer than the total of {format_duration(total)}."


_AT_WILL = re.compile(
    r"\b(?:up to|within|keeps?|kept|hold|holds|wait|for as long as|at most|if|may|can|stay|stays|last|lasts|store|"
    r"or)\b[^.;]{0,60}$",
    re.IGNORECASE,
)


def line(text: str, parsed: bool, item: str) -> Iterator[tuple[Severity, str]]:
    if not item:
        yield "error", f'The line "{text}" names no ingredient.'
    if re.match(r"[\d½¼¾⅓⅔⅛]", text) and not parsed:
        yield "error", f'The amount of "{text}" cannot be read.'
    yield from amounts_agree(text, f'"{text}"')
    back = scale_line(scale_line(text, 2), Fraction(1, 2))
    if not _same(find_amounts(text), find_amounts(back)):
        yield "error", f'"{text}" doubled and halved again becomes "{back}".'
    metric = to_metric(text)
    there_and_back = to_metric(to_us(metric))
    if abs((before := _grams(metric, item)) - (after := _grams(there_and_back, item))) > before * 0.15 + 1 and after:
        yield "error", f'"{metric}" in US units and back again becomes "{there_and_back}".'
    first = re.match(r"(?P<vol>[^(]+)\((?:about )?(?P<g>[\d.]+) ?(?P<unit>g|kg)\)", text)
    amounts = find_amounts(first["vol"]) if first else []
    weight = density(item)
    if first and weight and amounts and all(a.dimension == "volume" for a in amounts):
        grams = float(first["g"]) * (1000 if first["unit"] == "kg" else 1)
        expected = float(sum(a.base[0] for a in amounts) * weight)
        if not 0.6 < grams / expected < 1.6:
            yield "warning", f'"{text}" should weigh about {expected:.0f} g.'


def _grams(text: str, item: str) -> float:
    """What a line's first amount weighs, or its milliliters where nothing is known of the food; 0 where it has none."""
    for amount in find_amounts(text):
        if amount.dimension in ("mass", "volume"):
            return float(amount.base[0] * (density(item) or 1 if amount.dimension == "volume" else 1))
    return 0.0


def _same(a: list[Amount], b: list[Amount]) -> bool:
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):
        if x.dimension != y.dimension:
            return False
        for p, q in zip(x.base, y.base, strict=False):
            if abs(p - q) > max(abs(p), abs(q)) * Fraction(3, 100) + (1 if x.dimension == "mass" else 0):
                return False
    return True


def amounts_agree(text: str, where: str) -> Iterator[tuple[Severity, str]]:
    """Pairs on both sides ("425°F (220°C)", "8 oz / 225 g", "9 x 5-inch (23 x 13 cm)") that do not mean the same."""
    amounts = find_amounts(text)
    for first, left, right, last in pairs_in(text, amounts):
        a, b = amounts[first : left + 1], amounts[right : last + 1]
        kind = a[0].dimension
        if kind != b[0].dimension:
            continue  # "1 cup (125 g)" depends on what is in the cup
        if text[a[-1].end : b[0].start].strip() not in ("(", "/", "(about") or _LOOSE.search(text[: a[0].start]):
            continue
        ends = [(p, q) for x, y in zip(a, b, strict=False) for p, q in zip(x.base, y.base, strict=False)]
        if len(a) != len(b):
            ok = _close(kind, sum((x.base[0] for x in a), Fraction(0)), sum((x.base[0] for x in b), Fraction(0)))
        elif len(a[0].values) != len(b[0].values):
            ok = any(_close(kind, p, q) for p in a[0].base for q in b[0].base)
        else:
            ok = all(_close(kind, p, q) for p, q in ends)
        around = text[max(0, a[0].start - 60) : a[0].start] + " " + text[b[-1].end : b[-1].end + 40]
        # No oven and no fridge is that cold.
        small = max(a[0].values) <= 30 and min(*a[0].values, *b[0].values) > 0
        if (
            kind == "temperature" and not ok and (small or _CHANGE.search(around))
        ):  # "lower it by 25°F (15°C)" is a difference
            ratio = Fraction(5, 9) if a[0].unit == "fahrenheit" else Fraction(9, 5)
            ok = any(abs(p * ratio - q) <= 3 for p in a[0].values for q in b[0].values)
        if not ok:
            yield "error", f"{text[a[0].start : a[-1].end]} is not {text[b[0].start : b[-1].end]} ({where[:80]})."


_CHANGE = re.compile(
    r"\b(?:by|within|ris\w+|climb\w*|drops?|falls?|lower\w*|higher|raise\w*|less|more|another|add|subtract|swings?|"
    r"gains?|off|"
    r"hotter|cooler|below|above|under|short|before|early|reduce\w*|increase\w*|coast\w*|carry\w*|differ\w*|still|"
    r"go(?:es)? up|knock)\b",
    re.IGNORECASE,
)
_LOOSE = re.compile(r"\b(?:scant|heaping|generous|imperial|british|uk|old|australian)\b[^.]{0,30}$", re.IGNORECASE)


def _close(kind: str, x: Fraction, y: Fraction) -> bool:
    a, b = float(x), float(y)
    if kind == "temperature":
        return abs(a - b) <= (6.5 if max(a, b) >= 120 else 2.5 if max(a, b) > 76 else 1.6)
    slack = {"length": 0.35, "mass": 3.0, "volume": 2.5}.get(kind, 0.0)
    return abs(a - b) <= max(0.12 * max(abs(a), abs(b)), slack)


# Words by which steps speak of several ingredients at once.
_GATHERED = frozenset(
    "everything all ingredient mixture spice vegetable herb dressing sauce marinade paste dough batter filling "
    "topping garnish broth stuffing seasoning rest remaining glaze syrup crust custard salad rub frosting icing "
    "cream liquid brine aromatics aromatic base dry wet whatever them accompaniment condiment relish curry stew "
    "soup masala crumb streusel crumble blend powder puree".split()
)
_TOLERATED = frozenset("water salt pepper oil ice spray ice sugar flour butter".split())


def ingredients_and_steps(recipe: Recipe) -> Iterator[tuple[Severity, str]]:
    said = frozenset().union(*(stems(step) for step in recipe.steps))
    gathered = bool(said & _GATHERED)
    for line in recipe.ingredients:
        words = food_words(line.item)
        group = food_words(line.group)
        if "egg" in words and said & {"yolk", "white"}:
            continue
        if not words or words & said or (group and group & said) or any(_within(w, said) for w in words):
            continue
        severity: Severity = "warning" if gathered or line.optional or words & _TOLERATED else "error"
        yield severity, f'No step uses "{line.item}".'
    listed = frozenset().union(*(stems(f"{i.text} {i.group}") for i in recipe.ingredients), stems(recipe.title))
    kinds = frozenset().union(*(contains(i.text) for i in recipe.ingredients))
    for n, step in enumerate(recipe.steps, 1):
        for word in sorted(
            {singular(w) for match in _ADDED.finditer(step.lower()) for w in match[1].split()} & _STAPLES - listed
        ):
            if not (_KIND_OF.get(word, "") in kinds or any(word in stems(tool) for tool in recipe.tools)):
                yield "warning", f"Step {n} adds {word}, which is not among the ingredients."


_ADDED = re.compile(
    r"\b(?:add|stir in|pour in|pour|whisk in|beat in|fold in|sprinkle with|sprinkle on|melt|mix in|toss in|drop in)\s+"
    r"((?:(?:the|a|an|some|all|remaining|rest of the|half the|half of the|warm|hot|cold|chopped|"
    r"grated)\s+)*[a-z]+(?: [a-z]+)?)"
)
_KIND_OF = {
    "cheese": "milk", "cream": "milk", "pasta": "gluten", "beef": "meat", "pork": "meat", "chicken": "meat",
    "lamb": "meat", "nut": "tree nuts", "bean": "soy", "wine": "sulphites",
}  # fmt: skip


def _within(word: str, said: frozenset[str]) -> bool:
    """Whether a compound hides the word: "cornflour" in "cornflour slurry", "buttermilk" as "milk"."""
    return len(word) > 4 and any((word in other or other in word) and len(other) > 3 for other in said)


_STAPLES = frozenset(
    "egg milk butter cream cheese sugar honey flour yeast garlic onion shallot tomato potato carrot celery lemon "
    "lime vinegar parsley cilantro basil thyme rosemary oregano cumin paprika turmeric cinnamon nutmeg ginger "
    "chicken beef pork lamb bacon shrimp salmon tofu rice pasta bean lentil chickpea mushroom spinach cabbage "
    "cornstarch chocolate cocoa vanilla yogurt mayonnaise mustard almond walnut peanut cashew pistachio sesame "
    "raisin coconut wine stock scallion leek cucumber zucchini eggplant pea corn".split()
)


# What an ingredient may bring in without naming it.
_HIDDEN = {
    "soy": "chocolate|bouillon|stock|margarine",
    "sulphites": "vinegar|wine|lemon|dried|prune|date|cognac|brandy|mustard|chutney",
    "mustard": "curry|mayonnaise|bouillon|vinaigrette|worcestershire|dijon|okonomiyaki",
    "celery": "bouillon|stock|curry|broth",
    "crustaceans": "kimchi|paste",
    "fish": "kimchi|curry paste|worcestershire|cake",
    "gluten": "oat|bouillon|sausage|stock|bun",
    "egg": "rice cake|noodle|dough",
    "milk": "chocolate|dough",
    "tree nuts": "pine nut|pesto|chocolate",
}


def diets(recipe: Recipe) -> Iterator[tuple[Severity, str]]:
    found: dict[str, str] = {}
    for line in recipe.ingredients:
        for what in contains(line.text):
            found.setdefault(what, line.text)
    for what, text in found.items():
        if what in ALLERGENS and what not in recipe.allergens:
            yield "error", f'"{text}" contains {what}, which is not among the allergens.'
    text = " ".join(line.text for line in recipe.ingredients).lower()
    for what in recipe.allergens:
        if what in ALLERGENS and what not in found and not re.search(_HIDDEN.get(what, "$^"), text):
            yield "warning", f"The allergen {what} is listed, but no ingredient names it."
    for diet in recipe.diet:
        for what in sorted(against_diet(diet, found)):
            yield "error", f'It is called {diet}, but "{found[what]}" contains {what}.'
        for what in sorted(against_diet(diet, recipe.allergens)):
            yield "error", f"It is called {diet}, but lists the allergen {what}."
    if "vegan" in recipe.diet:
        for word in ("vegetarian", "dairy-free", "egg-free"):
            if word not in recipe.diet:
                yield "error", f"It is vegan, so it is also {word}; list that too."
