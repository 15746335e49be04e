"""A cook who takes back what was understood: "no, I meant the ramen", "actually no, the first". What follows is what
the cook says.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.words import regular

_LEAD = r"(?:(?:no|nope|nah|oh|oops|sorry|wait|hm+|ah|actually|well|ok|okay|but|and|not (?:that|this)(?: one)?|hang on|hold on)\b[\s,.!;:-]*)*"
_MEANT = re.compile(
    rf"{_LEAD}(?:what )?i (?:actually |really |just )*(?:mean|meant|was (?:thinking of|talking about|asking about))(?: is| was| to (?:say|ask))?"
    r"[\s,:-]+(?!(?:it|that|to|well|no|yes)\b(?! one))(?P<rest>\S.*)"
)
_RATHER = re.compile(
    rf"(?:(?:oh|oops|sorry|wait|hm+|ah|actually|well|ok|okay|but)\b[\s,.!;:-]*)*(?:no|nope|nah|not (?:that|this)(?: one)?)\b[\s,.!;:-]+{_LEAD}"
    r"(?P<rest>(?:the|an?|some|something|let's|can we|could we|could i|what|how|number|option|give|show|rather|i'd rather|i want|i'd like|make)\b.*)"
)


# "No, sorry, crêpes": with both words for it, whatever follows is what is meant.
_SORRY = re.compile(
    r"(?:no|nope|nah)\b[\s,.!;:-]+(?:sorry|wait|actually|oops|i mean|rather)\b[\s,.!;:-]+(?P<rest>\S+(?: \S+){0,5})"
)


def corrected(text: str) -> str:
    """What a cook means who corrects an understanding, or "" where a text corrects none."""
    said = regular(text)
    match = _MEANT.fullmatch(said) or _RATHER.fullmatch(said) or _SORRY.fullmatch(said)
    if match is None or re.match(r"no (?:more|need|idea|problem)\b", said):
        return ""
    return match["rest"].strip()
