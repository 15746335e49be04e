"""Text as Discord shows it: inert, within its limits, split where a reader would pause."""

import re

from bot.errors import SouschefError
from bot.redact import redact

CONTENT = 2000  # of a message
SORRY = "Something went wrong on my side: please say that again, or in other words."
_INVISIBLE = "\u200b"
# Characters that begin markup anywhere: emphasis, code, spoilers, links, mentions, timestamps.
_MARKUP = re.compile(r"([\\*_~`|<\[\]])")
# Those that begin it at the start of a line: headings, quotes, lists, small print.
_LINE_START = re.compile(r"^(\s*)([#>+-])", re.MULTILINE)
_ADDRESS = re.compile(r"(?<=\w)://(?=\S)")
_PAUSES = (re.compile(r"\n+"), re.compile(r"[.!?…][\"')\]]*\s+"), re.compile(r"[;:,]\s+"), re.compile(r"\s+"))


def inert(text: str) -> str:
    """A text in which nothing is markup, a mention or a link: it shows as it reads.

    ``allowed_mentions`` keeps mentions from ringing anyway; this keeps them from looking as if they did.
    """
    text = _MARKUP.sub(r"\\\1", text)
    text = _LINE_START.sub(r"\1\\\2", text)
    text = text.replace("@", f"@{_INVISIBLE}")
    return _ADDRESS.sub(f":{_INVISIBLE}//", text)


def length(text: str) -> int:
    """Length as clients count it, in UTF-16 units: an emoji is two. Never less than what Discord counts."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def split(text: str, most: int = CONTENT) -> list[str]:
    """Cut a text into parts of at most ``most`` units: at the end of a line, of a sentence, of a clause, of a word.

    Returns:
        The parts, none of them empty; of an empty text none.
    """
    parts: list[str] = []
    text = text.strip()
    while length(text) > most:
        head = _head(text, most)
        cut = _pause(head)
        parts.append(head[:cut].rstrip())
        text = (head[cut:] + text[len(head) :]).lstrip()
    return [part for part in (*parts, text) if part]


def shortened(text: str, most: int) -> str:
    """The beginning of a text, with an ellipsis if something is missing."""
    return text if length(text) <= most else _head(text, most - 1).rstrip() + "…"


def _head(text: str, most: int) -> str:
    """As many characters as fit, not ending between a backslash and what it escapes."""
    head = text[:most]
    while length(head) > most:
        head = head[: len(head) - max(1, (length(head) - most) // 2)]
    slashes = len(head) - len(head.rstrip("\\"))
    return head[:-1] if slashes % 2 else head


def _pause(head: str) -> int:
    """Where to cut: behind the last pause in the second half, the strongest kind there is; else at the end."""
    for kind in _PAUSES:
        ends = [m.end() for m in kind.finditer(head) if m.end() > len(head) // 2]
        if ends:
            return ends[-1]
    return len(head)


def told(error: Exception) -> str:
    """What a cook is told of an error: its own sentence where it was written for people, nothing of the inside."""
    written = isinstance(error, SouschefError) or type(error).__module__.split(".")[0] in ("model", "retrieval")
    return redact(str(error)) if written else SORRY
