"""What must not be learned from a conversation: talk that steers the bot, and advice that the cookbook's safety entries
contradict.

Whoever chats with a bot that learns from its chats can try to teach it: to obey orders in messages, to say that chicken
is done at 130°F. The first line of defence is here, the second is the gate (``training.gate``): a student that got
worse is not promoted.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.dangers import find_rule
from bot.safety import steers
from bot.words import regular
from retrieval.cookbook import load_knowledge
from retrieval.quantity import find_amounts
from retrieval.recipe import KnowledgeEntry

STEERING = "steers the bot"
DANGER = "is about a danger, which exact code answers"
UNSAFE = "contradicts a safety entry"

# Orders to a model rather than questions of a cook. What ``bot.safety`` turns away comes on top.
_ORDERS = re.compile(
    r"\bfrom now on,? (?:you|only|always|never|answer|say|reply|respond|speak|talk|call)\b|"
    r"\byou (?:must|will|shall|should|can) (?:(?:only|always|never|not) )*(?:answer|reply|respond|obey|refuse)\b|"
    r"(?:^|[.!:] ?)(?:always|never) (?:answer|reply|respond|say|repeat|obey|refuse|end your)\b|"
    r"\b(?:ignore|forget|disregard) (?:the|this|that|your|all|any) (?:\w+ ){0,2}?(?:recipes?|page|book|rules?|safety)\b"
    r".{0,30}\b(?:say|tell|answer|reply|respond|write|print)\b|"
    r"\brepeat after me\b|\b(?:say|write|print|output|(?:answer|reply|respond) with) (?:exactly|only|just|the word)\b|"
    r"\b(?:role ?play|in character|stay in role|persona)\b|\byour (?:prompt|instructions|rules|training|programming)\b|"
    r"\b(?:previous|prior|above|earlier) (?:prompts?|instructions?|messages?|rules?)\b|\bdo anything now\b|"
    r"\b(?:learn|remember|memori[sz]e) (?:that|this)\b.{0,40}\b(?:always|forever|from now)\b|"
    r"\b(?:hidden|secret|admin|override) (?:mode|command|password|code|word)\b"
)
# The marks of prompts: chat templates, our own tokens, code and links.
_MARKS = re.compile(
    r"<\|?/?[a-z_]+[:|>]|\[/?(?:inst|system)\]|^\s*(?:system|assistant|user|wizard|instruction)s?\s*:|###|```|"
    r"\bhttps?://|\{\{|[A-Za-z0-9+/]{60,}",
    re.IGNORECASE | re.MULTILINE,
)
_SAFE_ENTRY = re.compile(r"^safe-.*temperature$")
_COOKED_C = 50.0  # lower figures in those entries are of fridges and rooms
_WARM_C = 38.0  # and of a reply: nobody calls meat done below
_SLACK_C = 1.5


def is_steering(text: str) -> bool:
    """Whether a text gives the bot orders, or carries the marks of a prompt."""
    said = regular(text)
    return bool(steers(said) or _ORDERS.search(said) or _MARKS.search(text))


@lru_cache(maxsize=1)
def least_temperatures() -> dict[str, float]:
    """Least safe temperature in °C by food, from the cookbook's safety entries."""
    return _least(load_knowledge())


def _least(entries: Sequence[KnowledgeEntry]) -> dict[str, float]:
    least: dict[str, float] = {}
    for entry in entries:
        if entry.kind == "safety" and _SAFE_ENTRY.match(entry.id):
            named = [float(v) for a in find_amounts(entry.text) if a.dimension == "temperature" for v in a.base]
            cooked = [value for value in named if value >= _COOKED_C]
            for food in entry.about if cooked else ():
                least[food] = min([*cooked, least.get(food, 1000.0)])
    return least


def unsafe_temperature(text: str, about: str, page: Sequence[str] = ()) -> str | None:
    """The temperature in a text at which a food it speaks of would not be safe yet, or None.

    Args:
        text: What is (to be) said.
        about: What it is said about: the cook's words and the recipe's title.
        page: Lines of the recipe; a figure that stands there is the recipe's ("marinate at ...").
    """
    figures = [a for a in find_amounts(text) if a.dimension == "temperature"]
    if not figures:
        return None
    spoken = f" {regular(text)} {regular(about)} "
    floors = [
        low for food, low in least_temperatures().items() if re.search(rf"\b{re.escape(food)}(?:s|es)?\b", spoken)
    ]
    if not floors:
        return None
    # A text about several foods is held to the least of them.
    known = {
        round(float(v)) for line in page for a in find_amounts(line) if a.dimension == "temperature" for v in a.base
    }
    for figure in figures:
        highest = max(float(value) for value in figure.base)
        if _WARM_C <= highest < min(floors) - _SLACK_C and round(highest) not in known:
            return text[figure.start : figure.end]
    return None


def why_not(utterance: str, answer: str, title: str = "", page: Sequence[str] = ()) -> str | None:
    """The reason why an exchange must not be learned, or None.

    Args:
        utterance: What the cook said.
        answer: What would be learned to answer.
        title: Title of the recipe at hand.
        page: Its lines.
    """
    if is_steering(utterance) or is_steering(answer):
        return STEERING
    if unsafe_temperature(answer, f"{utterance} {title}", page):
        return UNSAFE
    if find_rule(regular(utterance)) or find_rule(regular(answer)):
        return DANGER
    return None
