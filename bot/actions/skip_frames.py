"""Frames of leaving something out, and of two things being the same: "can I skip the parsley?", "is ghee butter?"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.recogniser import Wish
from bot.actions.substitute_frames import NO_FOOD, food_said
from bot.words import bare
from model.facts import foods

_FOOD = r"(?P<x>[a-z][a-z' -]{1,40}?)"
_MAY = r"(?:can|could|may|should|is it (?:ok(?:ay)?|fine|all ?right|possible) (?:to|if)|would it be (?:ok(?:ay)?|fine) (?:to|if)|what (?:if|happens if))"
_TOO = r"(?: (?:too|here|altogether|entirely|if i (?:want|like)|in (?:this|it)|from (?:this|it)|at all))*"
_SKIP = (
    rf"{_MAY} (?:i|we)? ?(?:just )?(?:skip|skipped|leave out|left out|omit|omitted|do without|go without|leave off|drop) (?:the |any )?{_FOOD}{_TOO}",
    rf"{_MAY} (?:i|we)? ?(?:just )?(?:leave|left) (?:the |any )?{_FOOD} (?:out|off|away){_TOO}",
    rf"{_MAY} (?:i|we)? ?(?:make|made|cook|do|did|prepare|bake) (?:it|this|that|them|the \w+) without (?:the |any )?{_FOOD}{_TOO}",
    rf"(?:(?:but |so )?(?:i|we) have )?no {_FOOD},? (?:can|could|may) (?:i|we) (?:just )?(?:skip|leave|omit|drop)(?: (?:it|them|that|those))?(?: out| off)?",
    rf"(?:does|will|would) (?:it|this) work without (?:the |any )?{_FOOD}{_TOO}",
    rf"(?:is|are) (?:the )?{_FOOD} (?:really |absolutely )?(?:optional|necessary|needed|required|essential|important)",
    rf"do (?:i|we) (?:really |absolutely )(?:need|have to (?:use|add|have)|need to (?:use|add)) (?:the |any )?{_FOOD}",
)
_SAME = (
    r"(?:is|are) (?P<a>[a-z][a-z' -]{1,30}?) (?:and (?P<c>[a-z][a-z' -]{1,30}?) the same(?: thing)?|(?:the same(?: thing)? as|just|basically) (?P<b>[a-z][a-z' -]{1,30}?))",
)


def skip_frame(text: str) -> Wish | None:
    """Asking whether a food can be left out, or is the same as another."""
    text = bare(text)
    for frame in _SKIP:
        match = re.fullmatch(frame, text)
        if match and foods(item := food_said(match["x"])) and not NO_FOOD.search(item):
            return Wish("skip", {"item": item})
    for frame in _SAME:
        match = re.fullmatch(frame, text)
        if match is None:
            continue
        one, other = food_said(match["a"]), food_said(match["b"] or match["c"])
        if foods(one) and foods(other):
            return Wish("same", {"item": one, "with": other})
    return None
