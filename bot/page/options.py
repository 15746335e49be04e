"""What a recipe itself offers instead of an ingredient, or says of leaving it out: the alternatives of its line, "if
using", and the notes that say so. What merely uses a food offers nothing.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.page.places import mentions
from bot.page.stems import stems
from model.facts import stem
from retrieval.lexicon import food_kinds
from retrieval.recipe import Ingredient, Recipe
from retrieval.sentences import split

_OPTIONAL = re.compile(
    r"\boptional(?:ly)?\b|(?<!more )(?<!less )(?<!extra )\bif (?:using|you (?:like|wish|want|prefer)|desired|you have (?:it|them))\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\binstead\b|\bin place of\b|\bsubstitut\w*|\breplac\w*|\bswap\w*|\bif you (?:have no|don't have|can't|cannot|prefer)\b|"
    r"\bor (?:use|try|with)\b|\bworks? (?:too|as well|just as well|here)\b|\b(?:will|would) do\b|\bwithout\b|\bskip\b|\bomit\b|"
    r"\bleave (?:it |them |the \w+ )?out\b|\bleft out\b|\boptional\b|\bstands? in\b|\bmade with\b|\balso (?:good|lovely|fine) with\b|\bno [\w-]+\?",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\s+or\s+(?:another\s+)?|\s*/\s*(?=[a-z])", re.IGNORECASE)
_LEFT_OUT = re.compile(
    r"\b(?:instead of|in place of|replac\w+|swap\w*(?: out)?|substitut\w+(?: for)?|without|skip\w*|omit\w*|leav\w+ out|"
    r"(?:have|find|get) no|no|lack|don't have|can't get)\b(?: (?:the|any|some|a|an))?(?: [\w-]+){0,2}(?: (?:and|or)(?: the)?)? ?$",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"(?: [\w-]+){0,4} (?:(?:can|may|could) be |is |are )?(?:left out|skipped|omitted|optional|replaced|swapped|out\b)|"
    r"(?: [\w-]+){0,2} not (?:needed|necessary)",
    re.IGNORECASE,
)
_TAKES = re.compile(r"\b(?:or|use|using|take|try|with|from|of)(?: [\w-]+){0,3} ?$", re.IGNORECASE)
_SERVED = re.compile(r"\b(?:serve[ds]?|eat|eaten|alongside|goes well)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:It|They|That|This)\b")
_DENIED = re.compile(r"\b(?:not|never|n't|avoid|cannot|nothing replaces|don't|can't|doesn't|won't)\b", re.IGNORECASE)


def alternatives(line: Ingredient) -> tuple[str, ...]:
    """The things that a line gives to choose from: "ghee (clarified butter) or canola oil"; one where it gives none."""
    text = re.sub(r"\([^)]*\)", " ", line.text)
    parts = [part.strip(" ,") for part in _EITHER.split(text) if part.strip(" ,")]
    return tuple(parts) if len(parts) > 1 and all(re.search(r"[a-z]{3}", part) for part in parts) else (line.text,)


def either(recipe: Recipe, item: str, instead: str) -> str:
    """The line that gives ``instead`` to take for ``item``, or for its own first thing where no item is said."""
    for line in recipe.ingredients:
        parts = alternatives(line)
        if len(parts) < 2:
            continue
        others = [n for n, part in enumerate(parts) if instead and _has(part, instead)]
        own = [n for n, part in enumerate(parts) if _has(part, item)] if item else [0, *range(1, len(parts))]
        if instead and any(n != m for n in others for m in own):
            return line.text
        if not instead and own and len(parts) > len(own):
            return line.text
    return ""


def optional(recipe: Recipe, lines: Sequence[Ingredient], item: str) -> str:
    """The line, or the sentence of a step, that says a food may be left out."""
    for line in lines:
        if line.optional or _OPTIONAL.search(line.text):
            return line.text
    sentences = (sentence for text in recipe.steps for sentence in split(text))
    return next((sentence for sentence in sentences if _is_optional(sentence, item)), "")


def _is_optional(sentence: str, item: str) -> bool:
    """Whether the words about being optional are said of the food: in its clause, or right behind it ("the parsley, if
    using"), but not between it and another ("salt and, if you like, chili").
    """
    clauses = re.split(r"[,;:] ", sentence)
    for n, clause in enumerate(clauses):
        behind = clauses[n + 1] if n + 1 < len(clauses) and not re.search(r"\b(?:and|or)$", clause) else ""
        if _has(clause, item) and (_OPTIONAL.search(clause) or _OPTIONAL.match(behind)):
            return True
    return False


def note(recipe: Recipe, item: str, instead: str = "") -> str:
    """The sentence of the introduction or of a tip that says what may take a food's place, or that it may be missing;
    "" where it is the food that takes another's place.
    """
    for text in (*recipe.tips, *recipe.pitfalls, recipe.description):
        sentences = split(text)
        for n, sentence in enumerate(sentences):
            if _offers(sentence, item, instead):
                after = sentences[n + 1] if n + 1 < len(sentences) else ""
                goes_on = sentence.endswith("?") or _GOES_ON.match(after)  # "No buttermilk? Thin some yogurt."
                return f"{sentence} {after if goes_on else ''}".strip()
    return ""


def _offers(sentence: str, item: str, instead: str) -> bool:
    if instead and (not _has(sentence, instead) or _replaced(sentence, instead)):
        return False
    if item:
        return _has(sentence, item) and (
            _replaced(sentence, item) or (bool(instead) and bool(_OFFERS.search(sentence)))
        )
    return bool(_OFFERS.search(sentence) or _TAKES.search(_upto(sentence, instead))) and not _SERVED.search(sentence)


def _replaced(sentence: str, food: str) -> bool:
    """Whether a sentence speaks of a food as what is left out or replaced."""
    words = list(re.finditer(r"[^\W\d_]+", sentence))
    for n, word in enumerate(words):
        if not _has(word[0], food.split()[-1]):
            continue
        before, after = sentence[words[max(0, n - 6)].start() : word.start()], sentence[word.end() :]
        if _LEFT_OUT.search(before) or _LEAVES.match(after):
            return True
    return False


def _upto(sentence: str, food: str) -> str:
    """A sentence up to the word that names a food."""
    for word in re.finditer(r"[^\W\d_]+", sentence):
        if _has(word[0], food.split()[-1]):
            return sentence[: word.start()]
    return ""


def denies(text: str) -> bool:
    """Whether a sentence says that it does not work."""
    return _DENIED.search(text) is not None


def _has(text: str, food: str) -> bool:
    asked = stems(food)
    return bool(asked) and all(mentions(word, text) or _called(word) & stems(text) for word in asked)


@lru_cache(maxsize=1024)
def _called(word: str) -> frozenset[str]:
    """What a food is called together with others: "nuts" for walnuts."""
    return frozenset(stem(name) for name, kinds in food_kinds().items() if word in {stem(kind) for kind in kinds})
