"""Numbers as people write them where they live: "1,5 dl" is one and a half where the comma is the decimal sign."""

import re

# CLDR: languages whose decimal sign is the comma, and regions that differ from their language.
_COMMA = frozenset(
    "af az be bg bs ca cs da de el es et eu fi fo fr gl hr hu hy id is it ka kk ky lt lv mk nb nl nn no pl pt ro ru "
    "sk sl sq sr sv tr uk uz vi".split()
)
_POINT_REGIONS = frozenset("de-ch de-li it-ch es-mx es-us es-pr es-gt es-hn es-ni es-pa es-pe es-sv es-do".split())
_US_MEASURES = frozenset(("us", "lr"))  # CLDR; Liberia cooks in cups, too
_NUMBER = re.compile(r"(?<![\d.,])(?:(\d+),(\d{1,2})|(0),(\d+))(?!\d|[.,]\d)")


def decimal_comma(language: str) -> bool:
    """Whether the comma is the decimal sign; ``language`` is an IETF tag ("de", "pt-BR") or ""."""
    tag = language.lower().replace("_", "-")
    return tag.partition("-")[0] in _COMMA and tag not in _POINT_REGIONS


def units(language: str, chosen: str = "", default: str = "recipe") -> str:
    """Units that a new conversation begins with: "us", "metric", or "" for those of the bot's settings.

    Args:
        language: Of the cook or the place, as :func:`decimal_comma` takes it. English without a region may be of
            either world, so it says nothing.
        chosen: What somebody chose for the place; "" for nothing.
        default: ``chat.units``; where it is not "recipe", somebody has decided already.
    """
    parts = language.lower().replace("_", "-").split("-")
    if chosen or default != "recipe" or parts in ([""], ["en"]):
        return chosen
    return "us" if _US_MEASURES & set(parts[1:]) else "metric"


def regular_numbers(text: str, language: str) -> str:
    """The text with decimal points, as the assistant reads them: ``"1,5 dl"`` of a Swede → ``"1.5 dl"``.

    Three digits after a comma stay as they are: they may be thousands, whoever writes.
    """
    if "," not in text or not decimal_comma(language):
        return text
    return _NUMBER.sub(lambda m: f"{m[1] or m[3]}.{m[2] or m[4]}", text)
