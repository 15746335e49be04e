"""How much of a food goes to one place or share of it: "how much oil in the pan?", "how much filling in each?".

Read off a sentence of a step that names the food, the place and an amount; never the list's total under another name.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from collections.abc import Iterator, Sequence

from bot.page.places import mentions
from bot.page.portions import food_spans, named, portions
from bot.page.question import stems, tools
from bot.page.vessels import may_be
from model.facts import foods, stem
from retrieval.convert import kitchen_number
from retrieval.quantity import find_amounts
from retrieval.recipe import Ingredient, Recipe
from retrieval.sentences import split
from retrieval.units import plural

_SHARES = {
    "each": re.compile(r"\b(?:each|every|apiece|per)\b", re.IGNORECASE),
    "top": re.compile(r"\b(?:tops?|topping|sprinkle|scatter|drizzle|brush|finish(?:ed)? with)\b", re.IGNORECASE),
    "back": re.compile(r"\breserv\w*|\b(?:set|put|leave|leaving) .{0,40}aside|\b(?:keep|hold)\w* .{0,30}back\b|\bsav(?:e|ing)\b", re.IGNORECASE),
}  # fmt: skip
_BETWEEN = re.compile(
    r"[\s-]*(?:\([^)]*\)\s*)?(?:in\.? of\s+)?(?:(?!(?:in|into|with|over|to|and|or|then|until|for|from|on|at|by)\b)[\w'’-]+\s+){0,4}",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"\b(?:an?|one|another|the|half|some)(?: \w+)? (?:teaspoon|tablespoon|spoonful|handful|pinch|dash|splash|drizzle|knob|dollop|layer|film|"
    r"third|quarter|half|rest|remainder|squeeze|little|cupful)s?(?: of)?(?: the)? (?:[\w'’-]+ ){0,2}$|\b(?:half|a little|some|most|all)(?: of)?(?: the)? (?:[\w'’-]+ )?$",
    re.IGNORECASE,
)
_DEPTH = re.compile(r"\b(?:depth|deep|up the side|coat|cover)\w*", re.IGNORECASE)
_MEASURES = ("volume", "mass", "number", "count", "length", "percent")


def at_place(recipe: Recipe, step: int, lines: Sequence[Ingredient], item: str, wish: dict[str, str]) -> str:
    """What a step says of the amount at a place ("place") or of a share ("portion"); "" where none does.

    Args:
        recipe: The recipe as the cook sees it.
        step: The step at hand, 0 before the first.
        lines: The ingredient lines that are asked about; none for what is made on the way.
        item: The cook's word for it.
        wish: "place" and "portion" of the question.
    """
    if wish.get("portion") == "left":
        return _left(recipe, step, lines)
    ordered = list(_in_order(recipe, step))
    for near in (True, False):
        for number, text in ordered:
            for sentence in split(text):
                if (is_there(sentence if near else text, wish)) and gives(sentence, recipe, lines, item):
                    return sentence if number == step else f"Step {number}: {sentence}"
        if near and (own := _lines_for(lines, wish)):
            return f"{', '.join(line.text for line in own)}."
    return ""


def in_unit(recipe: Recipe, step: int, item: str, unit: str) -> str:
    """The sentence of a step about a food that has an amount in some unit: "you should have about 7 cups"."""
    asked = stems(item)
    for number, text in _in_order(recipe, step):
        if not asked or not all(mentions(word, text) for word in asked):
            continue
        for sentence in split(text):
            others = [a for a in find_amounts(sentence) if a.unit == unit and not _of_another(sentence[a.end :], asked)]
            if others:
                return sentence if number == step else f"Step {number}: {sentence}"
    return ""


def _of_another(after: str, asked: frozenset[str]) -> bool:
    """Whether an amount is of something else: "7 cups of milk"."""
    behind = " ".join(re.split(r"[,;.()]", after)[0].split()[:4])
    return bool(foods(behind)) and not {stem(food) for food in foods(behind)} & asked


def any_amount(recipe: Recipe, step: int, lines: Sequence[Ingredient], item: str) -> str:
    """A sentence that says how much of a food a step takes, the step at hand first."""
    for number, text in _in_order(recipe, step):
        for sentence in split(text):
            if gives(sentence, recipe, lines, item):
                return sentence if number == step else f"Step {number}: {sentence}"
    return ""


def gives(sentence: str, recipe: Recipe, lines: Sequence[Ingredient], item: str) -> bool:
    """Whether a sentence says how much of a food, or how deep."""
    spans = food_spans(sentence, recipe, lines, item)
    amounts = [a for a in find_amounts(sentence) if a.dimension in _MEASURES]
    for start, end in spans:
        if _LOOSE.search(sentence[:start]):
            return True
        if any(a.end <= start and _BETWEEN.fullmatch(sentence[a.end : start]) for a in amounts):
            return True
        if any(a.dimension == "length" and a.start >= end and _DEPTH.search(sentence) for a in amounts):
            return True
    return False


def is_there(text: str, wish: dict[str, str]) -> bool:
    """Whether a text speaks of the place or the share that a question names."""
    share, place = _SHARES.get(wish.get("portion", "")), wish.get("place", "")
    if share is not None and not share.search(text):
        return False
    if not place:
        return share is not None
    used = tools(place)
    words = stems(" ".join(word for word in re.findall(r"[a-z']+", place) if not tools(word)))
    return all(mentions(word, text) for word in words) and all(may_be(tool, text) for tool in used)


def _lines_for(lines: Sequence[Ingredient], wish: dict[str, str]) -> list[Ingredient]:
    """The lines that say they are for that place: "1/4 cup sugar, for the filling"."""
    place = wish.get("place", "")
    words = stems(place)
    own = [i for i in lines if words and all(mentions(w, f"{i.preparation} {i.group} {_behind(i)}") for w in words)]
    return own if len(own) < len(lines) or len(lines) == 1 else []


def _behind(line: Ingredient) -> str:
    return line.text.partition(",")[2]


def _in_order(recipe: Recipe, step: int) -> Iterator[tuple[int, str]]:
    """The steps with their numbers: the one at hand, those after it, those before it."""
    numbered = list(enumerate(recipe.steps, 1))
    yield from (pair for pair in numbered if pair[0] >= max(step, 1))
    yield from (pair for pair in numbered if pair[0] < max(step, 1))


def _left(recipe: Recipe, step: int, lines: Sequence[Ingredient]) -> str:
    """What is left of a food after the step at hand, or goes into the step that takes the rest."""
    for number in range(max(step, 1), len(recipe.steps) + 1):
        for line in lines:
            for part in portions(line, recipe, number):
                if part.rest:
                    worked = f", that is {part.worked_out}" if part.worked_out else ""
                    return f"{'In this step' if number == step else f'Step {number}:'} {part.text}{worked}."
    for line in lines:
        parts = [part for number in range(1, step + 1) for part in portions(line, recipe, number)]
        whole = [n for n, text in enumerate(recipe.steps[:step], 1) if named(line, recipe, text)]
        known = [part.amount for part in parts if part.amount is not None]
        if line.quantity is not None and parts and len(known) == len(parts) == len(whole):
            left = line.quantity - sum(known)
            if left > 0:
                unit = plural(line.unit) if left > 1 and line.unit else line.unit
                return f"{f'{kitchen_number(left)} {unit}'.strip()} left, of {line.text}."
    return ""
