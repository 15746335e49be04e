"""Mends text as it is found: HTML entities and tags, mojibake, odd spellings of degrees, control characters.

Importers and the loaders of the training sets use the same functions, so that a student meets the text it was trained
on.
"""

import html
import re
import unicodedata

_ODD = "°º½¼¾éèêëáàâäãåíìîïóòôöõúùûüñçÉÈÊÀÂÄÖÜÇßøæ×®™©·«»¿¡…–—‘’“”•⅓⅔⅛⅜⅝⅞⁄\u00a0\u200b\ufeff\ufffd"


def _mojibake() -> dict[str, str]:
    """What each odd character becomes when its UTF-8 bytes are read as Windows-1252, Latin-1 or Mac Roman."""
    out: dict[str, str] = {}
    for char in _ODD:
        whole = "" if char in "\u200b\ufeff\ufffd" else " " if char == "\u00a0" else char
        for encoding in ("cp1252", "latin-1", "mac_roman"):
            try:
                out.setdefault(char.encode().decode(encoding), whole)
            except UnicodeDecodeError:  # Windows-1252 leaves five bytes undefined; programs pass these through
                broken = "".join(b.decode("cp1252", "ignore") or b.decode("latin-1") for b in _bytes(char))
                out.setdefault(broken, whole)
    return out


def _bytes(char: str) -> list[bytes]:
    return [bytes([b]) for b in char.encode()]


_MOJIBAKE = _mojibake() | {"\ufffd": "", "Â ": " ", "¬ ": " "}
_BROKEN = re.compile("|".join(re.escape(k) for k in sorted(_MOJIBAKE, key=len, reverse=True)))
_HINT = re.compile("[ÂÃâ√¬‚ÔÅï\ufffd]")
_QUOTES = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "⁄": "/",
        "º": "°",
        "˚": "°",
        "−": "-",
        "‑": "-",
    }
)
_FRACTIONS = {
    "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
    "⅕": "1/5",
    "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6",
}  # fmt: skip
_FRACTION = re.compile(f"(?<=\\d)\\s?([{''.join(_FRACTIONS)}])|([{''.join(_FRACTIONS)}])")
_TAG = re.compile(r"</?[a-zA-Z!][^<>]{0,300}>")
_DEGREES = re.compile(r"(?<=\d)\s*(?:°\s*|deg(?:rees?)?\.?\s*)([FC])(?:ahrenheit|elsius)?\b", re.IGNORECASE)
_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs"))


def strip_controls(text: str) -> str:
    """Without control, format and private-use characters, except tab and newline."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _UNSEEN)


def mend_mojibake(text: str) -> str:
    """Text whose UTF-8 was once read in another encoding, made whole: ``350Â°F`` and ``350¬∞F`` → ``350°F``."""
    return _BROKEN.sub(lambda m: _MOJIBAKE[m[0]], text) if _HINT.search(text) else text


def clean_text(text: str) -> str:
    """One line of clean text: entities, tags and mojibake mended, ``350 degF`` → ``350°F``, ``½`` → ``1/2``, spaces
    folded.
    """
    if "&" in text:
        for _ in range(2):  # "&amp;deg;" needs two rounds
            text = html.unescape(text)
    text = mend_mojibake(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = unicodedata.normalize("NFC", text).translate(_QUOTES)
    text = _FRACTION.sub(lambda m: f" {_FRACTIONS[m[1]]}" if m[1] else _FRACTIONS[m[2]], text)
    text = _DEGREES.sub(lambda m: "°" + m.group(1).upper(), text)
    return re.sub(r"\s+", " ", strip_controls(text)).strip()


_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|rules|prompts?|guidelines|guard|above|"
    r"previous)\b|"
    r"\byou are (?:now |no longer )(?:an?|the|in)\b|\b(?:system|developer) (?:prompt|message)s?\b|\bas an? (?:ai|"
    r"language model)\b|"
    r"\b(?:act|behave|respond|pretend)\b.{0,20}\b(?:as if you|to be|like you)\b.{0,40}\b(?:ai|assistant|bot|model|"
    r"human|unrestricted)\b|"
    r"\[/?inst\]|<\|[a-z_]+\|>|<</?sys>>|^#+ ?(?:system|instructions?):|\bnew instructions?:|"
    r"\b(?:assistant|chatbot|bot|ai|llm)\b.{0,20}\b(?:must|should|shall|has to)\b.{0,30}\b(?:say|tell|reply|answer|"
    r"reveal|send|print)\b",
    re.IGNORECASE | re.MULTILINE,
)


def find_orders(text: str) -> str | None:
    """Words in a text that try to instruct the bot ("ignore your instructions …"), or None. They stay text; people are
    told.
    """
    match = _ORDERS.search(text)
    return match[0] if match else None
