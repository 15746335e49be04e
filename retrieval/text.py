"""Words for searching: normalising, light stemming, stop words, sentences.

Search has its own form of text, never shown to anyone: lower case, no accents, ``350 degF`` and ``350°F`` alike,
``1½`` as ``1 1/2``, words cut to a stem. Indexing 72,000 recipes runs through here 700,000 times, so the common path
is one regular expression and a cached stemmer.
"""

import html
import re
import unicodedata
import zlib
from functools import lru_cache

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
_FRACTION = re.compile(r"\s*([½¼¾⅓⅔⅛⅜⅝⅞⅕⅙])")
_DEGREES = re.compile(
    r"(?<=\d)\s*(?:°|º|˚|deg(?:rees?)?\.?)\s*(f|c|fahrenheit|celsius)?\b|(?<=\d)\s*(f|c|fahrenheit|celsius)\b"
)
_WORD = re.compile(r"\d+(?:[./]\d+)?|[a-z]+")
_UNITS = {
    "hr": "hours",
    "min": "minutes",
    "sec": "seconds",
    "tbsp": "tablespoons",
    "tbs": "tablespoons",
    "tb": "tablespoons",
    "tsp": "teaspoons",
    "oz": "ounces",
    "lb": "pounds",
}
_UNIT = re.compile(r"\b(hr|min|sec|tbsp|tbs|tsp|oz|lb)s?\b")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:approx|min|tbsp|tsp|oz|lb|lbs|no|deg|e\.g|i\.e|etc|vs|qt|pt|hr|hrs|pkg|F|C)|\b\d)\.$"
)
_VOWEL = re.compile(r"[aeiouy]")

STOP_WORDS = frozenset(
    """a an and are as at be been but by can could d did do does doing don for from get give go going had has have he
    her here him his how i if im in is it its just let ll m may me might my no not of off oh ok okay on or our out
    over please re s shall she should so some t than thank thanks that the their them then there these they this those
    to up us ve very was we were what when where which while who why will with would yes you your am also any about
    all hello hi""".split()
)


def normalise(text: str) -> str:
    """Lower-case ASCII text with mended entities, fractions, degrees and the usual abbreviations of units."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if not text.isascii():
        text = _FRACTION.sub(lambda m: " " + _FRACTIONS[m[1]], text).replace("⁄", "/").replace("¬∞", "°")
        text = _DEGREES.sub(" degrees ", text.lower())
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    else:
        text = _DEGREES.sub(" degrees ", text.lower())
    text = _UNIT.sub(lambda m: _UNITS[m[1]], text)
    return text.replace("'s ", " ").replace("'", "")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A light stem: plural, -ing, -ed and the final e or y are taken off ("baking", "baked", "bakes" → "bak")."""
    if len(word) <= 3 or word[0].isdigit():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) > 2 and _VOWEL.search(root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 2 and word.endswith("y") and not _VOWEL.match(word[-2]):
        word = word[:-1] + "i"
    return word


def words(text: str) -> list[str]:
    """Stemmed words and numbers, in order."""
    return [stem(word) for word in _WORD.findall(normalise(text))]


def content_words(text: str) -> list[str]:
    """Stemmed words without stop words; every word if nothing else is left."""
    return words_and_content(text)[1]


def words_and_content(text: str) -> tuple[list[str], list[str]]:
    """(:func:`words`, :func:`content_words`) of a text, read once: indexing needs both."""
    raw = _WORD.findall(normalise(text))
    stems = [stem(word) for word in raw]
    return stems, [s for s, word in zip(stems, raw, strict=True) if word not in STOP_WORDS] or stems


@lru_cache(maxsize=200_000)
def term_id(term: str) -> int:
    """A stable 32-bit number for a term (CRC-32), so that indexes need no dictionary."""
    return zlib.crc32(term.encode())


def sentences(text: str) -> list[str]:
    """Sentences, verbatim; abbreviations such as "approx." and numbers do not end one."""
    parts: list[str] = []
    for part in _SENTENCE.split(text.strip()):
        if parts and _ABBREVIATED.search(parts[-1]):
            parts[-1] += " " + part
        elif part:
            parts.append(part)
    return parts
