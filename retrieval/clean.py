"""Mends text as it is found: HTML entities and tags, mojibake, odd spellings of degrees, control characters."""

import html
import re
import unicodedata

_MOJIBAKE = {
    "¬∞": "°",
    "Â°": "°",
    "Âº": "°",
    "Â½": "½",
    "Â¼": "¼",
    "Â¾": "¾",
    "Â ": " ",
    "â€™": "'",
    "â€˜": "'",
    "â€œ": '"',
    "â€\x9d": '"',
    "â€“": "-",
    "â€”": "-",
    "â€¦": "...",
    "Ã©": "é",
    "Ã¨": "è",
    "Ã±": "ñ",
    "Ã®": "î",
    "Ã¢": "â",
    "Ã¼": "ü",
    "√©": "é",
    "√±": "ñ",
    "‚Äô": "'",
    "‚Äú": '"',
    "‚Äù": '"',
    "‚Äì": "-",
    "‚Äî": "-",
    "‚Ä¶": "...",
    "ÔøΩ": "",
    "\ufffd": "",
}
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "⁄": "/", "º": "°", "˚": "°"})
_FRACTIONS = {
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "⅓": "1/3",
    "⅔": "2/3",
    "⅛": "1/8",
    "⅜": "3/8",
    "⅝": "5/8",
    "⅞": "7/8",
    "⅕": "1/5",
    "⅙": "1/6",
}
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_DEGREES = re.compile(r"(?<=\d)\s*(?:°\s*|deg(?:rees?)?\.?\s*)([FC])\b", re.IGNORECASE)


def strip_controls(text: str) -> str:
    """Without control, format and private-use characters, except tab and newline."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))


def clean_text(text: str) -> str:
    """One line of clean text: entities, tags and mojibake mended, ``350 degF`` → ``350°F``, ``½`` → ``1/2``, spaces folded."""
    for _ in range(2):  # "&amp;deg;" needs two rounds
        text = html.unescape(text)
    for broken, whole in _MOJIBAKE.items():
        if broken in text:
            text = text.replace(broken, whole)
    text = _TAG.sub(" ", text).translate(_QUOTES)
    for sign, ascii_form in _FRACTIONS.items():
        if sign in text:
            text = re.sub(rf"(?<=\d){sign}", f" {ascii_form}", text).replace(sign, ascii_form)
    text = _DEGREES.sub(lambda m: "°" + m.group(1).upper(), text)
    return re.sub(r"\s+", " ", strip_controls(text)).strip()
