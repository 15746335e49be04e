"""What a question and a text have in common, as numbers: the features of context relevance and answer relevance."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from model.judge.features import read, split
from retrieval.asking import OFFERS, QUESTION_TYPES, offers, question_types
from retrieval.embeddings import StaticEmbeddings

Floats = NDArray[np.float32]
_FITS = (
    ("how_long", "time"), ("time", "time"), ("how_hot", "degrees"), ("temperature", "temperature"),
    ("how_much", "amount"), ("tool", "tool"), ("until", "until"), ("prepare", "prepare"),
    ("serve", "serve"), ("store", "store"),
)  # fmt: skip
_IS = ("next", "done", "first", "repeat", "why", "substitute", "confirm", "list", "howto", "sort")
NAMES = (
    "share", "rare share", "asked share", "back share", "cosine", "cosine asked", "best sentence", "soft", "soft least",
    "bigrams", "fits", "misses", "question words", "text words", "has number", "asks", "text asks", "starts yes",
    "thanks", "same verb",
    *(f"{asked} × {offered}" for asked, offered in _FITS),
    *(f"is {name}" for name in _IS),
)  # fmt: skip
_YES = frozenset("yes yeah yep no nope sure absolutely definitely correct right exactly".split())
_THANKS = frozenset("thanks thank welcome enjoy glad great bye hello hi".split())


@lru_cache(maxsize=2048)
def _asking(question: str) -> str:
    """The last sentence that asks something; the whole where none does."""
    return next((s for s in reversed(split(question)) if s.rstrip().endswith("?")), question)


class PairFeaturizer:
    """Features of a text for a question.

    Args:
        embeddings: The bundled word vectors.
    """

    def __init__(self, embeddings: StaticEmbeddings) -> None:
        self.embeddings = embeddings

    def features(self, question: str, text: str) -> Floats:
        """(len(NAMES),) float32; -1 where a feature says nothing."""
        asked = _asking(question)
        q, a, t = read(question), read(asked), read(text)
        row: dict[str, float] = dict.fromkeys(NAMES, -1.0)
        known = set(t.stems)
        wanted = [s for s, c in zip(q.stems, q.content, strict=True) if c]
        pointed = [s for s, c in zip(a.stems, a.content, strict=True) if c]
        idf = self.embeddings.idf
        if wanted:
            row["share"] = sum(s in known for s in wanted) / len(wanted)
            row["rare share"] = sum(idf(s) for s in wanted if s in known) / max(1e-6, sum(map(idf, wanted)))
        if pointed:
            row["asked share"] = sum(idf(s) for s in pointed if s in known) / max(1e-6, sum(map(idf, pointed)))
        said = [s for s, c in zip(t.stems, t.content, strict=True) if c]
        row["back share"] = sum(s in set(wanted) for s in said) / max(1, len(said))
        rows = self.embeddings.encode_words([q.stems, a.stems, t.stems, *(read(s).stems for s in split(text)[:40])])
        row["cosine"], row["cosine asked"] = float(rows[0] @ rows[2]), float(rows[1] @ rows[2])
        row["best sentence"] = float((rows[3:] @ rows[1]).max()) if len(rows) > 3 else -1.0
        if pointed and said:
            near = (self.embeddings.word_vectors(pointed) @ self.embeddings.word_vectors(sorted(set(said))).T).max(
                axis=1
            )
            row["soft"], row["soft least"] = float(near.mean()), float(near.min())
        grams = set(zip(t.stems, t.stems[1:], strict=False))
        pairs = list(zip(a.stems, a.stems[1:], strict=False))
        row["bigrams"] = sum(p in grams for p in pairs) / max(1, len(pairs))
        kinds = dict(zip(QUESTION_TYPES, question_types(asked), strict=True))
        held = dict(zip(OFFERS, offers(text), strict=True))
        fits = misses = 0
        for kind, offered in _FITS:
            row[f"{kind} × {offered}"] = float(held[offered]) if kinds[kind] else -1.0
            fits += kinds[kind] and held[offered]
            misses += kinds[kind] and not held[offered]
        row["fits"], row["misses"] = fits, misses
        for name in _IS:
            row[f"is {name}"] = float(kinds[name])
        row["question words"], row["text words"] = len(q.words), len(t.words)
        row["has number"] = float(any(w[0].isdigit() for w in t.words))
        row["asks"], row["text asks"] = float("?" in question), float("?" in text)
        row["starts yes"] = float(bool(t.words) and t.words[0] in _YES)
        row["thanks"] = sum(w in _THANKS for w in t.words)
        row["same verb"] = float(bool(t.stems) and t.stems[0] in q.stems)
        return np.array(list(row.values()), dtype=np.float32)
