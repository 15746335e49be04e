"""Frames of asking for amounts: "how much oil in the pan?", "how many grams is that?", "the first five ingredients"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.frames import UNIT
from bot.actions.recogniser import Wish
from bot.actions.substitute_frames import food_said
from bot.words import NUMBER, bare, number, unasked
from retrieval.units import canonical_unit, dimension

_SHORT = {"oj": "orange juice", "evoo": "olive oil", "veg": "vegetable", "veggies": "vegetable"}
_COUNTED = (
    r"(?:cups?|grams?|tablespoons?|tbsp|teaspoons?|tsp|ounces?|pounds?|cloves?|cans?|pieces?|slices?|sticks?|"
    r"pinch(?:es)?|ml|liters?|litres?|sprigs?)"
)
_ASKS = r"(?:so |and |wait |sorry )*(?:how (?:much|many)|what(?:'s| is) the (?:amount|quantity) of|what (?:amount|quantity) of)"
_VERB = (
    r"(?:do|does|should|will|would|shall|did|is|are|goes?|to|am|was|can|must|total|all together|again|needed|required|"
    r"exactly|altogether)"
)
_AT = r"(?:in|on|onto|into|over|for|at|with|around|inside|per|each|apiece|on top)"
_HOW_MUCH = re.compile(
    rf"{_ASKS}(?: of(?: the)?| more)? (?:(?P<unit>{_COUNTED}) (?:of )?)?(?:the )?(?P<x>[a-z][a-z' -]{{1,40}}?)(?P<tail> (?:{_VERB}|{_AT})\b.*)?"
)
_NO_ITEM = re.compile(
    r"(?:longer|time|minutes?|hours?|steps?|people|calories|is|are|do|does|should|more|left|it|this|that|"
    r"servings?|can|will|would|protein|cost|i)\b|.*\btime$"
)
_PLACE = re.compile(
    r"\b(?:in|on|onto|into|over|for|with|around|inside|per)(?: top of)? (?:(?:the|my|each|every|a|an|one|all) )*(?P<place>[a-z][a-z' -]*)$"
)
_NO_PLACE = re.compile(
    r"(?:top|place of|addition to|advance|it|this|that|here|there|them|these|those|total|all|now|the (?:recipe|dish)|this (?:step|recipe|dish|one)|recipe|dish|step|the first step|me|us)\b.*|.*\b(?:people|servings?|persons?|guests)"
)
_PORTIONS = (
    ("each", re.compile(r"\b(?:each|apiece|per|every)\b")),
    ("top", re.compile(r"\bon top\b$")),
    ("left", re.compile(r"\b(?:left|remain\w*|still have)\b")),
    ("back", re.compile(r"\b(?:keep|hold|kept|held|put|set|leave)\b.*\b(?:back|aside|over)\b|\breserv\w*|\bsave\b")),
)  # fmt: skip
_RATE = re.compile(
    rf"\b(?:per|to an?|for (?:each|every)) (?:{_COUNTED}|kg|kilo|lb)\b"
)  # "per cup of rice": a rule, no amount
_ENOUGH = re.compile(
    r"(?:is|are) there (?:enough|too much|too little) (?P<x>[a-z][a-z' -]{1,40}?) in (?:it|this|that|there|the \w+)"
)
_THAT_IN = re.compile(
    rf"(?:and |so |but )?(?:(?:how (?:much|many)|what)(?:'s| is| was| are| would)? (?:that|it|this|those|these)(?: be| temperature| heat| amount)? (?:in|to|as) (?P<a>{UNIT})|"
    rf"how many degrees (?:is|are) (?:that|it|this) in (?P<f>{UNIT})|how (?:many|much) (?P<b>{UNIT}) (?:is|are|was|would) (?:that|it|this|those|these)(?: be)?|(?:is )?(?:that|it|this|those|these) (?:in|to|as) (?P<c>{UNIT})|"
    rf"(?:and |what about |how about )?(?:in|to) (?P<d>{UNIT})|(?:convert|turn|change|put) (?:that|it|this) (?:in|to|into) (?P<e>{UNIT}))"
)
_SCALE = r"(?:celsius|centigrade|fahrenheit|c|f)"
# Which scale a temperature is of: "145 what, celsius?", "is that celsius or fahrenheit?", and the bare "celsius?".
_WHICH_SCALE = re.compile(
    rf"(?:(?:is|was|are)(?: (?:it|that|this)(?= (?:in )?\d))? |(?:what(?:'s| is)|how (?:hot|much) is) (?=\d))?(?:(?P<n>\d{{2,3}}) ?°?(?: degrees?)?(?:,? (?:what|which))?|that|it|this|those|these)[,?]?(?: (?:in|meant in|supposed to be))?(?: degrees)? (?P<a>{_SCALE})"
    rf"(?: or (?:{_SCALE}|what|not))?|(?P<b>celsius|centigrade|fahrenheit|c or f|f or c)(?: or (?:celsius|fahrenheit|what))?"
)
_PART_OF_LIST = re.compile(
    rf"(?:(?:what(?:'s| are| is| were)|give me|tell me|show me|read(?: me)?|list)? ?(?:me )?(?:the )?)(?P<which>first|next|last|other|following) (?P<n>{NUMBER}) (?:ingredients?|items|things on the list)(?: (?:on|of|in) (?:the|my) (?:list|recipe))?"
)


def how_much_frame(text: str) -> Wish | None:
    """How much of something: in all, at a place of the recipe ("place"), of it ("portion"), in a unit ("unit")."""
    if enough := _ENOUGH.fullmatch(bare(text)):
        return Wish("how_much", {"item": food_said(enough["x"])})
    short = bare(text)
    match = _HOW_MUCH.fullmatch(short) or _HOW_MUCH.fullmatch(re.sub(r",(?: and)? ", " and ", short))
    if match is None:
        return None
    item, tail = food_said(match["x"]), match["tail"] or ""
    if _NO_ITEM.match(item) or _RATE.search(tail):
        return None
    found = {"item": " ".join(_SHORT.get(word, word) for word in item.split())}
    if match["unit"] and dimension(canonical_unit(match["unit"])) in ("volume", "mass"):
        found["unit"] = canonical_unit(match["unit"])
    place = _PLACE.search(re.sub(r" (?:do|should|will|would|must) (?:i|we) (?:need|use|add|put|take)$", "", tail))
    unit = canonical_unit(place["place"]) if place is not None and place[0].startswith("in ") else ""
    if unit and dimension(unit) in ("volume", "mass"):
        found["unit"], place = unit, None
    if place is not None and not _NO_PLACE.fullmatch(place["place"]):
        found["place"] = " ".join(_SHORT.get(word, word) for word in place["place"].split())
    portion = next((name for name, pattern in _PORTIONS if pattern.search(tail)), "")
    return Wish("how_much", found | ({"portion": portion} if portion else {}))


_HOW_HOT_IN = re.compile(
    r"(?:so |and |ok )*(?:how (?:hot|warm|high)|(?:at |to )?what (?:temp\w*|heat|oven|degrees?)|(?:the )?oven temp\w*)\b.* in "
    r"(?P<scale>celsius|centigrade|fahrenheit|c|f)"
)


def that_in_frame(text: str) -> Wish | None:
    """What was just told, or how hot something is to be, in another unit."""
    if hot := _HOW_HOT_IN.fullmatch(bare(text)):
        return Wish("that_in", {"to": "fahrenheit" if hot["scale"].startswith("f") else "celsius", "short": False})
    scale = _WHICH_SCALE.fullmatch(bare(text))
    if scale is not None and (scale["a"] or text.rstrip().endswith("?")):
        unit = "fahrenheit" if (scale["a"] or scale["b"]).startswith("f") else "celsius"
        figure = {"figure": int(scale["n"])} if scale["n"] else {}
        return Wish("that_in", {"to": unit, "short": bool(scale["b"]), **figure})
    match = _THAT_IN.fullmatch(unasked(bare(text)))
    if match is None:
        return None
    said = next(unit for unit in match.groupdict().values() if unit)
    return Wish("that_in", {"to": said, "short": bool(match["d"])})


_COUNT = re.compile(
    r"how many (?:more |other )?(?:ingredients|items on the list)(?: (?:are|do|does|will|is|in|have))?(?: (?:there|left|still|i|we|it|this|that|the recipe|this recipe|need|have|use|to go|remaining|in all|in total|in))*"
)


def part_of_list_frame(text: str) -> Wish | None:
    """Some lines of the ingredient list, counted, or how many there are."""
    if _COUNT.fullmatch(short := unasked(bare(text))):
        return Wish("count_ingredients", {"left": bool(re.search(r"\b(?:left|more|other|remaining|to go)\b", short))})
    match = _PART_OF_LIST.fullmatch(unasked(bare(text)))
    count = number(match["n"]) if match else None
    if match is None or count is None or count.denominator != 1 or count < 1:
        return None
    which = {"following": "next", "other": "next"}.get(match["which"], match["which"])
    return Wish("part_of_list", {"which": which, "count": int(count)})
