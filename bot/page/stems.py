"""Stems of a text's words, under which what a cook says and what a page says are compared."""

from model.facts import content, stem

_IRREGULAR = {
    "sank": "sink", "sunk": "sink", "burnt": "burn", "stuck": "stick", "broke": "break", "broken": "break",
    "risen": "ris", "ros": "ris", "froz": "freez", "frozen": "freez", "thicken": "thick", "soften": "soft",
    "crispi": "crisp", "lumpi": "lump",
    }  # fmt: skip


def stems(text: str) -> frozenset[str]:
    """Stems of a text's content words, irregular forms ("sank") under the regular one ("sink")."""
    return frozenset(map(_root, content(text)))


def root(word: str) -> str:
    """The form under which :func:`stems` has a word."""
    return _root(stem(word))


def _root(s: str) -> str:
    """A stem cut once more where a verb ends in -er: "simmering" is "simmer" only, which itself is "sim"."""
    s = _IRREGULAR.get(s, s)
    if not s.endswith("er") or len(s) < 5:
        return s
    return s[:-3] if s[-3] == s[-4] else s[:-2]
