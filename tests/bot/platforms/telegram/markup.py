"""HTML as Telegram's servers read it: a handful of tags, properly nested, four named entities; else an error."""

import re
from typing import Any

TAGS = frozenset("b strong i em u ins s strike del code pre a tg-spoiler blockquote span".split())
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
MENTION = re.compile(r"(?<![\w@])@\w{3,32}")


class CannotParse(Exception):
    """The text is not valid; the message is what Telegram says."""


def visible(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without markup, and its entities (offsets in UTF-16 code units)."""
    shown, stack, entities, at = "", [], [], 0  # type: ignore[var-annotated]
    while at < len(text):
        char = text[at]
        if char == "<":
            end = text.find(">", at)
            tag = re.fullmatch(r"/?([a-z-]+)(?:\s[^<>]*)?", text[at + 1 : end]) if end > 0 else None
            if tag is None or tag[1] not in TAGS:
                raise CannotParse(f'Unsupported start tag "{text[at + 1 : end]}" at byte offset {at}')
            if text[at + 1] == "/":
                if not stack or stack[-1][0] != tag[1]:
                    raise CannotParse(f'Unmatched end tag at byte offset {at}, expected "</{stack and stack[-1][0]}>"')
                name, begun = stack.pop()
                entities.append(
                    {"type": "bold" if name == "b" else name, "offset": begun, "length": units(shown) - begun}
                )
            else:
                stack.append((tag[1], units(shown)))
            at = end + 1
        elif char == "&" and (entity := re.match(r"&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));", text[at:])):
            number, hexadecimal, name = entity.groups()
            if name is not None and name not in ENTITIES:
                shown += entity[0]
            else:
                shown += ENTITIES[name] if name else chr(int(number) if number else int(hexadecimal, 16))
            at += len(entity[0])
        else:
            shown += char
            at += 1
    if stack:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return shown, entities


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
