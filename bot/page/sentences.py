"""The sentences of a recipe's text, as they may be shown one without the other."""

import re
from functools import lru_cache

from retrieval.text import sentences

_DEGREES = re.compile(r"(?<=°[CF]\.)\s+(?=[A-Z])")


@lru_cache(maxsize=4096)
def split(text: str) -> tuple[str, ...]:
    """The sentences of a text; "°F." ends one, where a capital follows, and what is in brackets stays together."""
    found: list[str] = []
    for part in (part for sentence in sentences(text) for part in _DEGREES.split(sentence)):
        if found and found[-1].count("(") > found[-1].count(")"):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return tuple(found)
