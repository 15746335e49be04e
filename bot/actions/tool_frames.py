"""Frames about tools: "do I need a mixer?", "which pan?", "I don't have a food processor"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.recogniser import Wish
from bot.page.question import TOOL
from bot.words import bare

_OTHERS = (
    r"(?:mallets?|torch|blowtorch|funnels?|mandolines?|mandolins?|graters?|ovens?|microwaves?|grills?|broilers?|pins?|brush(?:es)?|"
    r"thermometers?|scales?|machines?|makers?|cookers?|torches|presses|press|juicers?|spinners?|peelers?|stones?|mortars?|pestles?|"
    r"ricers?|mashers?|scrapers?|grinders?|separators?|basters?|dutch ovens?|air fryers?|fryers?|parchment(?: paper)?|toothpicks?|wraps?)"
)
_TOOL = rf"(?P<x>(?!(?:(?:an?|any|the|my) )?(?:bigger|smaller|larger|deeper|different|other|another|second|new|separate|hot|clean)\b)(?:[a-z]+[ -]){{0,2}}(?:{TOOL}|{_OTHERS}))"
_A = r"(?:an?|any|some|the|my|special|this)"
_FOR = (
    r"(?: (?:for (?:this|it|that|the recipe|this recipe|this step)|here|now|at all|to (?:make|do|cook) (?:this|it)))?"
)
_NEEDS = (
    rf"(?:do|will|would|should|must) (?:i|we|you) (?:really |actually |absolutely )?(?:need|have to (?:have|use|own))(?: to (?:have|use|own))? (?:{_A} )*{_TOOL}{_FOR}",
    rf"(?:is|are) (?:{_A} )*{_TOOL} (?:needed|necessary|required|used){_FOR}",
    rf"(?:does|do) (?:it|this|the recipe|this recipe|they) (?:need|use|require|call for) (?:{_A} )*{_TOOL}",
)
_LACKS = (
    rf"(?:but |so |oh no |sorry |what if |what (?:can|do|should) i do if )?(?:i|we)(?:'ve| have)? ?(?:don't (?:have|own)|do not (?:have|own)|haven't got|got no|have no|lack|am missing|own no|can't find) (?:{_A} )*{_TOOL}(?: (?:at home|here|on hand|left|in the house))?"
    r"(?:,? (?:what|how|is|can|could|now|should|do)\b.*)?",
    rf"(?:there's |there is )?(?:no|without) (?:{_A} )*{_TOOL}(?: (?:at home|here|on hand))?(?:,? (?:what|how|is|can|could|now|should|do)\b.*)?",
    rf"(?:can|could|may|how (?:can|do|could|would)) (?:i|we) .{{1,40}}? without (?:{_A} )*{_TOOL}",
    rf"(?:what|how|which) (?:can|could|do|should|would|else) (?:can |could )?(?:i|we) (?:use|do|take|do it) (?:instead of|in place of|without|if i don't have|to replace) (?:{_A} )*{_TOOL}",
    rf"(?:what (?:is|are|'s)|what's|is there|any) (?:an? |any )?(?:good )?(?:alternatives?|substitutes?|replacements?) (?:for|to) (?:{_A} )*{_TOOL}",
)
_VESSEL = r"(?:pans?|pots?|skillets?|saucepans?|tins?|dish|dishes|trays?|casseroles?|woks?|molds?|moulds?|baking sheets?|cake pans?|vessels?)"
_WHICH = (
    rf"(?:which|what)(?: (?:size|kind|type|sort)(?: of)?(?: an?| the)?)? (?:baking |cake |muffin |frying |sauce )?(?P<x>{_VESSEL})(?: (?:size|is it|is that|is this|was it|again))?"
    rf"(?: (?:do|should|will|would|can|must|am) (?:i|we)(?: (?:need|use|take|using|have))*)?(?: (?:to use|is (?:best|needed|used)))?{_FOR}",
    rf"(?:how (?:big|large|wide|deep)|what size) (?:an? |(?:should|does|must|is) (?:the |my )?)(?:baking |cake |muffin |frying )?(?P<x>{_VESSEL})(?: (?:be|have to be|need to be|do (?:i|we) need|should (?:i|we) use))?{_FOR}",
    rf"(?:what's|what is) the (?:size|diameter) of the (?:baking |cake )?(?P<x>{_VESSEL})|(?P<y>{_VESSEL}) size",
)


def tool_frame(text: str) -> Wish | None:
    """Asking whether a tool is needed, which one is meant, or what to do without it."""
    text = bare(text)
    for name, frames in (("which_vessel", _WHICH), ("need_tool", _NEEDS), ("lack_tool", _LACKS)):
        for frame in frames:
            match = re.fullmatch(frame, text)
            if match is None:
                continue
            groups = match.groupdict()
            item = groups.get("x") or groups.get("y") or ""
            return Wish(name, {"item": re.sub(rf"^(?:{_A} )+", "", item)})
    return None
