"""What an answer and its passages have in common, as numbers: the features of the groundedness judge.

All of them compare form: shares of words and runs of words, how close the words that are not there come to some that
are (static embeddings), numbers, names and foods found nowhere, negation and antonyms, and the manner of speech
(questions, opinions, hedges), which claims little or nothing. ``training/judge.py`` fits trees over them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.facts import NEGATION, foods
from retrieval.embeddings import StaticEmbeddings
from retrieval.text import STOP_WORDS, normalise, sentences, stem

Floats = NDArray[np.float32]

_WORD = re.compile(r"\d+(?:[.,/:]\d+)*|[a-z]+")
_NAME = re.compile(r"(?<![.!?:\"'“]\s)(?<!^)\b[A-Z][a-zà-ÿ]+|\b[A-Z]{2,}\b")
_SELF = frozenset("i im ive ill id me my mine myself we our us".split())
_YOU = frozenset("you your yours youre youve".split())
_OPINION = frozenset(
    "love like enjoy think believe feel guess hope wish favorite favourite great awesome amazing cool fun funny nice "
    "interesting wow good best beautiful wonderful agree prefer remember heard seen watched haha sure sorry glad "
    "definitely probably maybe actually really pretty always never".split()
)
_HEDGE = re.compile(
    r"\b(?:not sure|don'?t know|do not know|no idea|i guess|i think|i believe|perhaps|maybe|might|probably)\b"
)
_OPPOSITE = {
    a: b
    for pair in (
        "before after", "hot cold", "high low", "increase decrease", "add remove", "first last", "more less",
        "most least",
        "up down", "over under", "open close", "cover uncover", "thick thin", "large small", "big small", "long short",
        "raw cooked", "fresh dried", "wet dry", "sweet savory", "warm cool", "heat chill", "top bottom",
        "inside outside",
        "always never", "all none", "start stop", "begin end", "early late", "old new", "sooner later", "fast slow",
        "slowly quickly", "salted unsalted", "lower raise", "larger smaller", "lower higher", "minimum maximum",
        "north south", "east west", "male female", "won lost", "win lose", "best worst", "oldest youngest",
        "left right",
        "with without", "light dark", "light heavy", "gently vigorously", "finely coarsely", "freeze thaw", "hard soft",
        "possible impossible", "cheaper dearer", "safe unsafe", "covered uncovered", "brother sister", "father mother",
    )
    for a, b in (pair.split(), reversed(pair.split()))
}  # fmt: skip
NAMES = (
    "share", "content share", "rare share", "bigrams", "trigrams", "4-grams", "longest run", "mean run", "runs",
    "best sentence", "best sentence bigrams", "two sentences", "cosine", "cosine whole", "soft", "soft least",
    "soft rare", "soft novel", "novel", "novel share", "novel numbers", "numbers", "novel names", "names",
    "novel foods",
    "pairs together", "pairs in order", "negation differs", "negations", "opposites", "questions", "question share",
    "self", "you", "opinion", "novel opinion", "hedges", "exclamations", "words", "content words", "context words",
    "context sentences", "least sentence", "least soft sentence", "echo of question", "adjacent kept", "edges kept",
    "repeats", "plain novel", "claimed share",
)  # fmt: skip


@dataclass(slots=True)
class Text:
    """A text cut into words.

    Attributes:
        raw: As written.
        words: Lower-case words and numbers, in order.
        stems: Their stems.
        content: Whether each is a content word.
    """

    raw: str
    words: list[str]
    stems: list[str]
    content: list[bool]


@lru_cache(maxsize=4096)
def read(text: str) -> Text:
    """Cut a text into words. Texts are kept, for passages come again."""
    words = _WORD.findall(normalise(text))
    return Text(text, words, [stem(w) for w in words], [w not in STOP_WORDS for w in words])


def split(text: str) -> list[str]:
    """Sentences; lines end one too."""
    return [s for line in text.split("\n") for s in sentences(line) if s.strip()]


def _grams(stems: Sequence[str], n: int) -> set[tuple[str, ...]]:
    return set(zip(*(stems[i:] for i in range(n)), strict=False))


def _share(stems: Sequence[str], known: set[tuple[str, ...]], n: int) -> float:
    grams = list(zip(*(stems[i:] for i in range(n)), strict=False))
    return sum(g in known for g in grams) / len(grams) if grams else -1.0


def runs(answer: Sequence[str], context: Sequence[str]) -> list[int]:
    """Lengths of the runs of words that the answer copies from the context, greedy from the left (extractive fragments,
    Grusky et al., NAACL 2018); a word that is nowhere counts as 0.
    """
    where: dict[str, list[int]] = {}
    for i, word in enumerate(context):
        where.setdefault(word, []).append(i)
    out, at = [], 0
    while at < len(answer):
        best = 0
        for start in where.get(answer[at], ())[:50]:
            n = 1
            while at + n < len(answer) and start + n < len(context) and answer[at + n] == context[start + n]:
                n += 1
            best = max(best, n)
        out.append(best)
        at += max(1, best)
    return out


class Featurizer:
    """Features of an answer over its passages.

    Args:
        embeddings: The bundled word vectors.
    """

    def __init__(self, embeddings: StaticEmbeddings) -> None:
        self.embeddings = embeddings

    def features(self, answer: str, contexts: Sequence[str], question: str = "") -> Floats:
        """(len(NAMES),) float32; -1 where a feature says nothing."""
        a, asked = read(answer), read(question)
        parts = [read(s) for context in contexts for s in split(context)][:400] or [read("")]
        stems = [s for part in parts for s in part.stems]
        known = set(stems)
        content = [s for s, c in zip(a.stems, a.content, strict=True) if c]
        idf = np.array([self.embeddings.idf(s) for s in a.stems], dtype=np.float32)
        inside = np.array([s in known for s in a.stems], dtype=np.float32)
        mask = np.array(a.content, dtype=bool)
        row: dict[str, float] = dict.fromkeys(NAMES, -1.0)
        n = len(a.stems)
        row["words"], row["content words"] = n, len(content)
        row["context words"], row["context sentences"] = len(stems), len(parts)
        if not n:
            return np.array(list(row.values()), dtype=np.float32)
        row["share"] = float(inside.mean())
        row["content share"] = float(inside[mask].mean()) if mask.any() else -1.0
        row["rare share"] = float((inside * idf).sum() / max(idf.sum(), 1e-6))
        for name, size in (("bigrams", 2), ("trigrams", 3), ("4-grams", 4)):
            row[name] = _share(a.stems, _grams(stems, size), size)
        lengths = runs(a.stems, stems)
        row["longest run"] = max(lengths) / n
        row["mean run"] = sum(x * x for x in lengths) / n
        row["runs"] = len(lengths) / n
        self._sentences(row, a, parts, content)
        self._soft(row, a, parts, known, idf, mask, inside)
        self._names(row, a, " ".join(contexts), known)
        self._order(row, a, parts, stems)
        self._manner(row, a, known, asked)
        pieces = [read(s) for s in split(answer)]
        shares = [
            sum(s in known for s, c in zip(p.stems, p.content, strict=True) if c) / max(1, sum(p.content))
            for p in pieces
            if sum(p.content) > 1 and not p.raw.rstrip().endswith("?")
        ]
        row["least sentence"] = min(shares, default=-1.0)
        return np.array(list(row.values()), dtype=np.float32)

    def _sentences(self, row: dict[str, float], a: Text, parts: list[Text], content: list[str]) -> None:
        wanted = set(content)
        held = [wanted & set(part.stems) for part in parts]
        first = max(range(len(parts)), key=lambda i: len(held[i]))
        best = held[first]
        second = max((len(best | other) for other in held), default=0)
        size = max(1, len(wanted))
        row["best sentence"], row["two sentences"] = len(best) / size, second / size
        row["best sentence bigrams"] = _share(a.stems, _grams(parts[first].stems, 2), 2)
        same = parts[first].raw
        row["negations"] = len(NEGATION.findall(a.raw))
        row["negation differs"] = float(bool(NEGATION.search(a.raw)) != bool(NEGATION.search(same))) * len(best) / size
        close = set(parts[first].words)
        row["opposites"] = sum(
            1 for w in set(a.words) if (o := _OPPOSITE.get(w)) and o in close and w not in close and o not in a.words
        )

    def _soft(
        self, row: dict[str, float], a: Text, parts: list[Text], known: set[str], idf: Floats,
        mask: NDArray[np.bool_], inside: Floats,
    ) -> None:  # fmt: skip
        rows = self.embeddings.encode_words([a.stems, *(part.stems for part in parts)])
        row["cosine"] = float((rows[1:] @ rows[0]).max())
        whole = rows[1:].sum(axis=0)
        row["cosine whole"] = float(rows[0] @ whole / max(float(np.linalg.norm(whole)), 1e-6))
        if not mask.any() or not known:
            return
        words = [s for s, m in zip(a.stems, mask, strict=True) if m]
        near = np.maximum(
            (self.embeddings.word_vectors(words) @ self.embeddings.word_vectors(sorted(known)).T).max(axis=1),
            inside[mask],
        )
        row["soft"], row["soft least"] = float(near.mean()), float(near.min())
        row["soft rare"] = float((near * idf[mask]).sum() / max(idf[mask].sum(), 1e-6))
        novel = inside[mask] < 1
        row["soft novel"] = float(near[novel].mean()) if novel.any() else 1.0
        row["novel"], row["novel share"] = float(novel.sum()), float(novel.mean())
        least, at = 1.0, 0
        for piece in split(a.raw):
            size = sum(read(piece).content)
            if size > 1 and at + size <= len(near):
                least = min(least, float(near[at : at + size].mean()))
            at += size
        row["least soft sentence"] = least

    def _names(self, row: dict[str, float], a: Text, context: str, known: set[str]) -> None:
        numbers = [w for w in a.words if w[0].isdigit()]
        row["numbers"], row["novel numbers"] = len(numbers), sum(stem(w) not in known for w in numbers)
        names = [w.lower() for w in _NAME.findall(a.raw)]
        row["names"], row["novel names"] = len(names), sum(stem(w) not in known for w in names)
        row["novel foods"] = len(foods(a.raw) - foods(context))

    def _order(self, row: dict[str, float], a: Text, parts: list[Text], stems: list[str]) -> None:
        content = [s for s, c in zip(a.stems, a.content, strict=True) if c]
        pairs = [(x, y) for x, y in pairwise(content) if x != y]
        places = [{s: i for i, s in reversed(list(enumerate(part.stems)))} for part in parts]
        together = [[p for p in places if x in p and y in p] for x, y in pairs]
        ordered = [any(p[x] < p[y] for p in found) for (x, y), found in zip(pairs, together, strict=True)]
        if pairs:
            row["pairs together"] = sum(map(bool, together)) / len(pairs)
            row["pairs in order"] = sum(ordered) / len(pairs)
        inside = set(stems)
        bigrams = _grams(stems, 2)
        kept = [(x, y) in bigrams for x, y in zip(a.stems, a.stems[1:], strict=False) if x in inside and y in inside]
        row["adjacent kept"] = sum(kept) / len(kept) if kept else -1.0
        row["edges kept"] = sum(kept)
        row["repeats"] = 1 - len(set(a.stems)) / len(a.stems)

    def _manner(self, row: dict[str, float], a: Text, known: set[str], asked: Text) -> None:
        pieces = split(a.raw)
        questions = [p for p in pieces if p.rstrip().endswith("?")]
        row["questions"], row["question share"] = len(questions), len(questions) / max(1, len(pieces))
        row["self"] = sum(w in _SELF for w in a.words)
        row["you"] = sum(w in _YOU for w in a.words)
        row["opinion"] = sum(w in _OPINION for w in a.words)
        row["novel opinion"] = sum(w in _OPINION and stem(w) not in known for w in a.words)
        row["hedges"] = len(_HEDGE.findall(a.raw.lower().replace("’", "'")))
        row["exclamations"] = a.raw.count("!")
        novel = [s for s, c in zip(a.stems, a.content, strict=True) if c and s not in known]
        row["echo of question"] = sum(s in asked.stems for s in novel) / max(1, len(novel))
        row["plain novel"] = sum(1 for w in a.words if stem(w) not in known and w in STOP_WORDS)
        claimed = [p for p in pieces if not p.rstrip().endswith("?") and not set(read(p).words) & _SELF]
        row["claimed share"] = len(claimed) / max(1, len(pieces))
