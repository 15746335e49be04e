"""A temperature that the cook has measured and that is short of what the step at hand asks for."""

import re

from bot.page.places import Found
from bot.words import regular
from retrieval.recipe import Recipe
from retrieval.sentences import split

_MEASURED = re.compile(
    r"(?<![\d/.,])(?P<n>\d{2,3})(?![\d/])\s*(?:°|degrees?\b|deg\b)?\s*(?P<unit>[fc]\b|fahrenheit|celsius)?"
    r"(?!\s*(?:min|sec|hours?|g\b|gram|ml|oz|cup|%|x|to \d|-))"
)
_SAYS = re.compile(
    r"\b(?:says?|reads?|reading|shows?|showing|thermometer|probe|temp|temperature|degrees?|deg|registers?)\b|°"
)
_ASKED = re.compile(
    r"\b(?:at least|above|reach(?:es)?|reads?|registers?|internal|thermometer|must be)\b[^.;]*?(?P<f>\d{2,3})"
    r"(?:\s*(?:to|-|–)\s*\d{2,3})?\s*°\s*F(?:\s*\((?P<c>\d{2,3}))?"
)


def wants_heat(step: str) -> bool:
    """Whether a step is over only at a temperature inside."""
    return _ASKED.search(step) is not None


def undone(text: str, recipe: Recipe, at: int) -> Found | None:
    """The sentence of the step at hand that asks for more heat than was measured ("bottom piece says 150").

    Args:
        text: The cook's words.
        recipe: The recipe.
        at: Number of the step at hand, 0 before the first.
    """
    said = regular(text)
    if not at or not _SAYS.search(said) or (measured := _MEASURED.search(said)) is None:
        return None
    step, number, unit = recipe.steps[at - 1], int(measured["n"]), (measured["unit"] or "")[:1]
    for sentence in split(step):
        asked = _ASKED.search(sentence)
        if asked is None:
            continue
        fahrenheit = int(asked["f"])
        celsius = int(asked["c"] or round((fahrenheit - 32) / 1.8))
        wanted = celsius if unit == "c" or (not unit and number < 100) else fahrenheit
        if number < wanted:
            return Found(sentence, step, at, "Not yet")
    return None
