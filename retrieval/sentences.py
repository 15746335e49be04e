"""The sentences of a recipe's text, as they may be shown one without the other."""

import re
from collections.abc import Iterator
from functools import lru_cache

from retrieval.text import sentences

_DEGREES = re.compile(r"(?<=°[CF]\.)\s+(?=[A-Z])")


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[str, ...]:
    """The sentences of a text; "°F." ends one, where a capital follows, and what is in brackets stays together."""
    found: list[str] = []
    for part in (part for sentence in _whole(text) for part in _DEGREES.split(sentence)):
        if found and found[-1].count("(") > found[-1].count(")"):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return tuple(found)


def _whole(text: str) -> Iterator[str]:
    """The sentences with the quotation marks and brackets that close behind them."""
    at = 0
    for sentence in sentences(text):
        start = text.find(sentence, at)
        if start < 0:
            yield sentence
            continue
        at = start + len(sentence)
        while at < len(text) and text[at] in "\"')]”’":
            at += 1
        yield text[start:at]
