"""Replies as Telegram shows them: HTML with everything escaped, in parts that fit, and the buttons below.

Telegram allows 4,096 characters of visible text per message, counted in UTF-16 code units. A part never ends inside an
entity or a tag: parts are packed from sentences and items, each of which is marked up on its own.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages import Button, Reply

LIMIT = 4096
SAFE = 4000  # leaves room for a note in front
DATA_BYTES = 64
PRESS = {"◀": "back", "▶": "next", "✓": "stop"}
_AT = re.compile(r"@(?=\w)")
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?]+[\"')\]]*(?=\s|$)|\n|$)\s*|\S+\s*")
_ITEM = "• "


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    bold: bool = False
    before: str = ""  # what stands between it and what comes before it in the same part


def length(text: str) -> int:
    """Characters as Telegram counts them."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape(text: str) -> str:
    """Text that comes out as it is: no tag, no entity, and no mention that would call somebody."""
    return html.escape(_AT.sub("@\u2060", text), quote=False)


def parts(reply: Reply, before: str = "", after: str = "") -> list[str]:
    """A reply as HTML, one string per message.

    Args:
        reply: The reply.
        before: Said before it.
        after: Said after its text.
    """
    text = " ".join(filter(None, (before, reply.text)))
    pieces = [*_sentences(f"{text}\n\n{after}" if after else text)]
    if reply.card:
        title = reply.title or (reply.step.title if reply.step else "")
        gap = "\n\n" if pieces else ""
        if title.strip():
            pieces.append(_Piece(title, bold=True, before=gap))
            gap = "\n"
        mark = _ITEM if len(reply.card) > 1 else ""
        for item in reply.card:
            whole = length(item) <= SAFE
            pieces += [_Piece(mark + item, before=gap)] if whole else _sentences(mark + item, gap)
            gap = "\n"
    if reply.place.strip():
        pieces.append(_Piece(reply.place, bold=True, before="\n\n" if pieces else ""))
    return list(_packed(pieces)) or ["…"]


def plain(text: str) -> list[str]:
    """A text of ours or of an admin as HTML, one string per message."""
    return list(_packed(_sentences(text))) or ["…"]


def beginning(text: str) -> str:
    """What is there of a reply that is still being made, as HTML: one message, whatever its length."""
    return escape(_cut(text.strip(), SAFE)[0]) + " …"


def keyboard(reply: Reply) -> InlineKeyboardMarkup | None:
    """The buttons below a reply: moving through the recipe, what the assistant offers, thumbs."""
    rows: list[list[InlineKeyboardButton]] = []
    step = reply.step
    if step is not None:
        moves = [("◀", step.step > 1), ("▶", step.step < step.steps), ("✓", step.step > 0)]
        rows.append([_say(label, PRESS[label]) for label, shown in moves if shown])
    offers = [
        _offer(button, reply.id, number)
        for number, button in enumerate(reply.buttons)
        if button.text not in ("next", "back")
    ]
    rows += [offers[i : i + 3] for i in range(0, len(offers), 3)]
    if reply.id:
        rows.append(
            [
                InlineKeyboardButton("👍", callback_data=f"up:{reply.id}"),
                InlineKeyboardButton("👎", callback_data=f"down:{reply.id}"),
            ]
        )
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _offer(button: Button, turn_id: int, number: int) -> InlineKeyboardButton:
    if turn_id and len(f"say:{button.text}".encode()) > DATA_BYTES:
        return InlineKeyboardButton(button.label, callback_data=f"offer:{turn_id}:{number}")
    return _say(button.label, button.text)


def _say(label: str, text: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=f"say:{text}".encode()[:DATA_BYTES].decode(errors="ignore"))


def _sentences(text: str, before: str = "") -> Iterator[_Piece]:
    for match in _SENTENCE.finditer(text.strip()):
        sentence = match[0]
        if sentence.strip():
            yield _Piece(sentence.strip(), before=before)
        ending = sentence[len(sentence.rstrip()) :]
        before = "\n" * min(2, ending.count("\n")) or (" " if ending else before)


def _packed(pieces: Iterable[_Piece]) -> Iterator[str]:
    shown, used = "", 0
    for piece in pieces:
        rest = piece.text
        before = piece.before if shown else ""
        if shown and used + length(before + rest) > SAFE:
            yield shown
            shown, used, before = "", 0, ""
        while length(rest) > SAFE:  # one sentence that is longer than a message
            first, rest = _cut(rest, SAFE)
            yield _marked(first, piece.bold)
        shown += before + _marked(rest, piece.bold)
        used += length(before + rest)
    if shown:
        yield shown


def _marked(text: str, bold: bool) -> str:
    return f"<b>{escape(text)}</b>" if bold else escape(text)


def _cut(text: str, limit: int) -> tuple[str, str]:
    """The beginning that fits, up to a space where there is one near the end, and the rest."""
    if length(text) <= limit:
        return text, ""
    end = limit
    while length(text[:end]) > limit:
        end -= max(1, (length(text[:end]) - limit) // 2)
    space = text.rfind(" ", end - end // 4, end)
    end = space if space > 0 else end
    return text[:end].rstrip(), text[end:].lstrip()
