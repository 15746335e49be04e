"""What a recipe cooks in and with: tools that go by several names, and where its steps name them."""

import re

from bot.page.question import TOOL
from retrieval.units import singular

# A cook's "pan" may be the recipe's skillet.
_ALIKE = (
    frozenset("pan pot skillet saucepan wok griddle casserole oven".split()),
    frozenset("tin pan dish mold mould ramekin casserole".split()),
    frozenset("tin pan tray sheet".split()),
    frozenset("bowl dish plate".split()),
    frozenset("food-processor processor".split()),
    frozenset("lid cover".split()),
)
VESSELS = frozenset("pan pot skillet saucepan wok griddle casserole tin tray sheet dish ramekin mold mould".split())
_DUTCH = re.compile(r"\bdutch oven\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_COVERED = re.compile(
    r"\b(?:cover(?:ed|ing)?|uncover(?:ed)?|lids?)\b(?! (?:(?:it|them|the \w+) )?(?:with|by|in)\b)", re.IGNORECASE
)
_TOOL = re.compile(rf"\b{TOOL}\b", re.IGNORECASE)


def tool_word(said: str) -> str:
    """The word by which a tool goes: of "a big food processor" the processor."""
    words = _WORDS.findall(said.lower())
    return singular(words[-1]) if words else ""


def names(tool: str, text: str) -> bool:
    """Whether a text names a tool, by this name."""
    there = {singular(word) for word in _WORDS.findall(text.lower())}
    if tool == "lid":
        return _COVERED.search(text) is not None
    return tool in there


def may_be(tool: str, text: str) -> bool:
    """Whether a text names a tool, or one that a cook may call so."""
    there = {singular(word) for word in _WORDS.findall(text.lower())}
    if _DUTCH.search(text):
        there |= {"pot"}
    else:
        there -= {"oven"}
    return names(tool, text) or any(tool in group and group & there for group in _ALIKE)


def vessel(text: str) -> str:
    """The first word of a text for what is cooked in; "" where it names none."""
    if _DUTCH.search(text):
        return "oven"
    return next((word for w in _WORDS.findall(text.lower()) if (word := singular(w)) in VESSELS), "")
