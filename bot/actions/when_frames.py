"""Frames of asking where in the recipe a food comes: "when do I add the salt", "did I miss the cream?"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.recogniser import Wish
from bot.words import bare

_FOOD = r"(?P<x>[a-z][a-z' -]{1,40}?)"
_IN = r"(?: (?:in|already|yet|before|at all|to it|come in|go in|used))*"
_PAST = (
    rf"(?:did|have|had|haven't|didn't) (?:i|we) (?:already |also )?(?:miss(?:ed)?|forg[eo]t(?:ten)?|skip(?:ped)?|add(?:ed)?|put|use[d]?)"
    rf"(?: in| to add)? (?:the |any |some )?{_FOOD}{_IN}"
)
_WHEN = (
    rf"(?:when|where|(?:at|in)? ?(?:what|which) (?:step|point))(?:'s| is| do| does| did| should| will| are| can)* (?:i|we)? ?"
    rf"(?:add|put|use|need)(?: in)? (?:the |any )?{_FOOD}{_IN}"
)
_GOES = (
    rf"(?:when|where|(?:at|in)? ?(?:what|which) (?:step|point))(?:'s| is| do| does| did| should| will| are| can)* (?:the |any )?{_FOOD} "
    r"(?:go(?:es)?|comes?|get(?:s)? (?:added|used)|added|used|needed)(?: in(?:to it)?| come| go)?"
)
_WHICH = r"(?:when|where|(?:at|in)? ?(?:what|which) (?:step|point))(?:'s| is| do| does| did| should| will| are| can)*"
_OUT = (
    rf"{_WHICH} (?:i|we) (?:(?:take|fish|lift|pull|pick) out|remove|discard|throw (?:out|away)) (?:the |any )?{_FOOD}(?: from (?:it|the \w+))?|"
    rf"{_WHICH} (?:i|we) (?:take|fish|lift|pull|pick|throw|get) (?:the |any )?{_FOOD.replace('?P<x>', '?P<z>')} (?:out|away|off)(?: again)?|"
    rf"{_WHICH} (?:the |any )?{_FOOD.replace('?P<x>', '?P<y>')} (?:come|comes|get|gets|be|taken|go|goes) (?:back )?(?:out|removed|discarded|taken out|off)(?: again)?"
)
_NOT = re.compile(r"\b(?:it|this|that|them|these|those|everything|anything|something|next|step|thing|part|i|we)\b")


def when_frame(text: str) -> Wish | None:
    """Asking in which step a food is used, or whether that was before."""
    text = bare(text)
    if (match := re.fullmatch(_OUT, text)) and not _NOT.search(item := match["x"] or match["y"] or match["z"]):
        return Wish("when_in", {"item": item.strip(), "past": False, "out": True})
    for frame, past in ((_PAST, True), (_WHEN, False), (_GOES, False)):
        match = re.fullmatch(frame, text)
        if match and not _NOT.search(match["x"]):
            return Wish("when_in", {"item": match["x"].strip(), "past": past})
    return None
