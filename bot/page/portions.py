"""How much of an ingredient a step takes, where it takes only a part: "2 tablespoons of the butter", "half of the
cheese", "the remaining oil". What is half and what remains is arithmetic over the steps before.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.facts import foods
from retrieval.foods import food_words
from retrieval.quantity import convert, find_amounts, format_amount
from retrieval.recipe import Ingredient, Recipe, RecipeError
from retrieval.units import canonical_unit, dimension, singular

_ARTICLE = r"(?: \([^)]*\))?(?: more)?(?: of)?(?: the| both| this| your)?"
_BETWEEN = r"(?: (?!(?:and|or|with|in|into|to|then|over|for|until|from)\b)[\w'’-]+){0,2}? "
_REST = re.compile(
    rf"\b(?:(?:the )?(?:rest|remainder|last)(?: of)?|(?:the )?(?:remaining|reserved|other half(?: of)?))(?: the)?{_BETWEEN}$",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"\b(?P<share>half|(?:an?|one|two|three)[ -](?:third|quarter|fourth|fifth)s?|(?:two|three)[ -](?:third|quarter|fourth|fifth)s)"
    rf"{_ARTICLE}{_BETWEEN}$",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    rf"\b(?:an?|another|one|two) (?:\w+ )?(?:pinch(?:es)?|dash|splash|drizzle|knob|handfuls?|squeeze|little|few)(?: of)?(?: the)?"
    rf"{_BETWEEN}$|\ba little(?: of)?(?: the)?{_BETWEEN}$",
    re.IGNORECASE,
)
_VESSEL = re.compile(r"(?:^|[.,;:] )in(?:to)? $", re.IGNORECASE)
_COUNTED = re.compile(rf"{_ARTICLE}{_BETWEEN}", re.IGNORECASE)
_PARTS = {"third": 3, "quarter": 4, "fourth": 4, "fifth": 5}
_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Portion:
    """What one place of a recipe takes of an ingredient.

    Attributes:
        text: As written: "half of the Gruyère".
        amount: How much that is in ``unit``, or None where it cannot be told.
        unit: The ingredient line's unit.
        said: Whether the text itself says how much ("2 tablespoons"), so that nothing was worked out.
        rest: Whether it is what the places before left over.
    """

    text: str
    amount: Fraction | None = None
    unit: str = ""
    said: bool = False
    rest: bool = False

    @property
    def worked_out(self) -> str:
        """The amount that the text does not say: "2 1/2 ounces"; "" where there is none."""
        return "" if self.said or self.amount is None or self.amount <= 0 else _written(self.amount, self.unit)


def portions(line: Ingredient, recipe: Recipe, step: int) -> tuple[Portion, ...]:
    """The parts of an ingredient that a step takes; empty where it takes it whole, or not at all.

    Args:
        line: The ingredient line, of ``recipe``.
        recipe: The recipe as the cook sees it.
        step: Number of the step, counted from 1.
    """
    whole = line.quantity if line.quantity_max is None and " plus " not in line.text else None
    used: Fraction | None = Fraction(0)
    found: list[Portion] = []
    for number, text in enumerate(recipe.steps[:step], 1):
        for portion in _in_text(line, recipe, text):
            if portion.rest:
                left = whole - used if whole is not None and used else None
                portion = replace(portion, amount=left)
                used = whole
            else:
                used = used + portion.amount if used is not None and portion.amount is not None else None
            if number == step:
                found.append(portion)
    return tuple(found)


def takes_part(line: Ingredient, recipe: Recipe, text: str) -> bool:
    """Whether a text says itself how much of an ingredient it takes."""
    return next(_in_text(line, recipe, text), None) is not None


def named(line: Ingredient, recipe: Recipe, text: str) -> bool:
    """Whether a text speaks of an ingredient, and not of another line's that is called alike."""
    return any(_means(line, recipe, text, word) for word in _WORDS.finditer(text))


def food_spans(text: str, recipe: Recipe, lines: Sequence[Ingredient], item: str) -> list[tuple[int, int]]:
    """Where a text speaks of one of some ingredient lines, or, without lines, of what is called so."""
    words = _WORDS.findall(item)
    called = _plain(words[-1]) if words else ""
    return [
        word.span()
        for word in _WORDS.finditer(text)
        if any(_means(line, recipe, text, word) for line in lines) or (not lines and _plain(word[0]) == called)
    ]


def head(line: Ingredient) -> str:
    """The word that names it: of "unsalted butter" the butter, of "green cardamom pods" the cardamom."""
    said = [_plain(word) for word in _WORDS.findall(_item(line))]
    there = frozenset(map(_plain, foods(_item(line))))
    return next((word for word in reversed(said) if word in there), said[-1] if said else "")


def _item(line: Ingredient) -> str:
    """Its name: "chicken thighs" of "boneless, skinless chicken thighs"."""
    parts = re.split(r",|\(| or ", line.item or line.text)
    if food_words(parts[0]):
        return parts[0]
    return next((part for part in (*parts, *line.preparation.split(",")) if food_words(part)), parts[0])


def _means(line: Ingredient, recipe: Recipe, text: str, word: re.Match[str]) -> bool:
    """Whether a word of a text means the ingredient: it is its head, no longer name goes on ("olive" in "olive oil"),
    and what stands before it is not said of another line with that head ("flaky salt").
    """
    name = head(line)
    if _plain(word[0]) != name:
        return False
    after = _WORDS.match(text, word.end() + 1)
    if after is not None and text[word.end()] == " " and foods(after[0]):
        return False
    before = {_plain(w) for w in _WORDS.findall(text[: word.start()])[-2:]}
    own = {_plain(w) for w in _WORDS.findall(_item(line))}
    others = [i for i in recipe.ingredients if i is not line and head(i) == name]
    if before & (own - {name}):
        return True
    if any(_WORDS.fullmatch(_item(other).strip()) for other in others):
        return len(own) == 1  # "the sugar" is the sugar, where there is powdered sugar too
    theirs = {_plain(w) for other in others for w in _WORDS.findall(_item(other))} - own
    return not before & theirs


def _in_text(line: Ingredient, recipe: Recipe, text: str) -> Iterator[Portion]:
    amounts = find_amounts(text)
    for word in _WORDS.finditer(text):
        if not _means(line, recipe, text, word):
            continue
        before, taken = text[: word.start()], text[: _counted_end(text, word.end())]
        if match := _REST.search(before):
            yield Portion(taken[match.start() :], unit=line.unit, rest=True)
        elif match := _SHARE.search(before):
            part = _part(match["share"].lower())
            yield Portion(taken[match.start() :], line.quantity * part if line.quantity else None, line.unit)
        elif (
            counted := next(
                (
                    a
                    for a in amounts
                    if a.end <= word.start()
                    and not _VESSEL.search(text[: a.start])  # "in a cup sprinkle gelatin"
                    and a.dimension in ("volume", "mass", "number", "count")
                    and _COUNTED.fullmatch(text[a.end : word.start()])
                ),
                None,
            )
        ):
            amount = None if counted.hi is not None else _in_unit(counted.lo, counted.unit, line)
            yield Portion(taken[counted.start :], amount, line.unit, said=True)
        elif match := _LOOSE.search(before):
            yield Portion(taken[match.start() :], None, line.unit, said=True)


def _counted_end(text: str, at: int) -> int:
    """Where the name of a food ends: behind "2 crushed garlic cloves", not before the cloves."""
    after = _WORDS.match(text, at + 1) if text[at : at + 1] == " " else None
    unit = canonical_unit(after[0]) if after is not None else ""
    return after.end() if after is not None and unit and dimension(unit) == "count" else at


def _part(share: str) -> Fraction:
    if share == "half":
        return Fraction(1, 2)
    count, _, size = share.replace("-", " ").partition(" ")
    return Fraction({"two": 2, "three": 3}.get(count, 1), _PARTS[size.removesuffix("s")])


def _in_unit(amount: Fraction, unit: str, line: Ingredient) -> Fraction | None:
    if unit == line.unit:
        return amount
    try:
        return convert(amount, unit, line.unit, line.item) if unit and line.unit else None
    except RecipeError:
        return None


def _written(amount: Fraction, unit: str) -> str:
    """An amount for a spoon or a scale: 3/8 cup is 6 tablespoons."""
    if unit == "cup" and (amount * 4).denominator != 1 and (amount * 3).denominator != 1:
        spoons = amount * 16
        if spoons.denominator == 1:
            amount, unit = spoons, "tablespoon"
    return format_amount(amount, unit)


def _plain(word: str) -> str:
    """A word without accents, singular."""
    return singular(unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode())
