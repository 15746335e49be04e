"""Features of a question and the passages that may answer it, for the reranker."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.asking import OFFERS, QUESTION_TYPES, Ask, offers
from retrieval.bm25 import bm25_scores
from retrieval.embeddings import Encoder, StaticEmbeddings
from retrieval.passage import PASSAGE_KINDS
from retrieval.pieces import Piece
from retrieval.store import Parent, parent_id, pieces_of
from retrieval.text import content_words

Floats = NDArray[np.float32]
_SHARED = re.compile(r"\bshare|next step|\bhere\b|below|\bread\b")
_KINDS = tuple(k for k in PASSAGE_KINDS if k != "recipe")
_STRICT = (("how_long", "time"), ("how_hot", "degrees"), ("how_hot", "heat"), ("how_much", "amount"))
_NEAR = (-2, -1, 0, 1, 2)


@dataclass(slots=True)
class Prepared:
    """A parent made ready for features, cached by the searcher.

    Attributes:
        id: Of the parent.
        title: Of the parent.
        pieces: Its pieces; for knowledge several lead to one passage.
        stems: Content words of each piece.
        sets: The same as sets.
        vectors: (pieces, dimensions) float32.
        mass: (pieces,) float32, sum of the weights of each piece's words.
        words: (words, dimensions) float32, unit vectors of all words of the pieces.
        columns: Which of ``words`` each piece holds.
        title_stems: Content words of the title.
    """

    id: str
    title: str
    pieces: list[Piece]
    stems: list[list[str]]
    sets: list[frozenset[str]]
    vectors: Floats
    mass: Floats
    words: Floats
    columns: list[list[int]]
    title_stems: frozenset[str]

    def part(self, keep: Sequence[int]) -> "Prepared":
        """Only some of the pieces."""
        return replace(
            self,
            pieces=[self.pieces[i] for i in keep],
            stems=[self.stems[i] for i in keep],
            sets=[self.sets[i] for i in keep],
            vectors=self.vectors[list(keep)],
            mass=self.mass[list(keep)],
            columns=[self.columns[i] for i in keep],
        )


class Weigher:
    """Word weights (idf) and embeddings, with a word-by-word comparison."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._static = (
            encoder.embeddings if isinstance(encoder.embeddings, StaticEmbeddings) else StaticEmbeddings.load()
        )
        self._asked: dict[str, Floats] = {}

    def idf(self, stem: str) -> float:
        """How rare a word is."""
        return self._static.idf(stem)

    def vectors(self, stems: Sequence[str]) -> Floats:
        """Unit vectors of single words."""
        return self._static.word_vectors(stems)

    def encode(self, text: str) -> Floats:
        """The vector of a question or a turn, which is compared with several parents: kept for a while."""
        found = self._asked.get(text)
        if found is None:
            found = self.encoder.encode([text])[0]
            if len(self._asked) >= 64:
                self._asked = {}
            self._asked[text] = found
        return found


def prepare(parent: Parent, weigher: Weigher) -> Prepared:
    """Words and vectors of all pieces of a parent."""
    pieces = pieces_of(parent)
    stems = [content_words(piece.search) for piece in pieces]
    sets = [frozenset(s) for s in stems]
    vocabulary = sorted(frozenset().union(*sets))
    at = {word: i for i, word in enumerate(vocabulary)}
    return Prepared(
        id=parent_id(parent),
        title=parent.title,
        pieces=pieces,
        stems=stems,
        sets=sets,
        vectors=weigher.encoder.encode([piece.search for piece in pieces]),
        mass=np.array([sum(map(weigher.idf, words)) or 1.0 for words in sets], dtype=np.float32),
        words=weigher.vectors(vocabulary),
        columns=[sorted(at[word] for word in words) for words in sets],
        title_stems=frozenset(content_words(parent.title)),
    )


def _overlap(weigher: Weigher, left: Sequence[str], parent: Prepared) -> tuple[Floats, Floats, Floats]:
    """Of a text, per piece: share of its weight found there, share of the piece's found in it, the weight itself."""
    unique = frozenset(left)
    weights = {w: weigher.idf(w) for w in unique}
    total = sum(weights.values()) or 1.0
    mass = np.array([sum([weights[w] for w in unique & right]) for right in parent.sets], dtype=np.float32)
    return mass / np.float32(total), mass / parent.mass, mass


def _soft(weigher: Weigher, left: Sequence[str], parent: Prepared) -> Floats:
    """Like the first of :func:`_overlap`, with the nearest word instead of the same word (late interaction)."""
    unique = sorted(set(left))
    out = np.zeros(len(parent.pieces), np.float32)
    if not unique or not len(parent.words):
        return out
    weights = np.array([weigher.idf(w) for w in unique], dtype=np.float32)
    close = (weigher.vectors(unique) @ parent.words.T).T
    held = [i for i, columns in enumerate(parent.columns) if columns]
    starts = np.cumsum([0, *(len(parent.columns[i]) for i in held)])[:-1]
    flat = [column for i in held for column in parent.columns[i]]
    with np.errstate(invalid="ignore"):  # some BLAS look at lanes beyond the end and raise the flag for what is there
        out[held] = np.maximum.reduceat(close[flat], starts, axis=0) @ weights
    return out / float(weights.sum())


def _shift(values: Floats, places: Sequence[int], by: int) -> Floats:
    """Values of the step ``by`` places away; 0 where there is none or the piece is no step."""
    out = np.zeros_like(values)
    for i, place in enumerate(places):
        j = place + by
        if place >= 0 and 0 <= j < len(places):
            source = [n for n, p in enumerate(places) if p == j]
            if source:
                out[i] = values[source[0]]
    return out


def _relative(values: Floats) -> Floats:
    """Divided by the greatest."""
    top = float(values.max()) if len(values) else 0.0
    return values / top if top > 0 else np.zeros_like(values)


def _bigrams(sequence: Sequence[str]) -> set[tuple[str, str]]:
    return set(itertools.pairwise(sequence))


def features(ask: Ask, parent: Prepared, weigher: Weigher, recipe: bool) -> tuple[Floats, tuple[str, ...]]:
    """Features of every piece of a parent.

    Args:
        ask: The question.
        parent: Recipe or article.
        weigher: Word weights and vectors.
        recipe: Whether it is a recipe (else an article).

    Returns:
        (pieces, features) float32 and the names of the columns.
    """
    pieces, n = parent.pieces, len(parent.pieces)
    columns: dict[str, Any] = {}
    cosine = parent.vectors @ weigher.encode(ask.query.text)
    asked_cosine = parent.vectors @ weigher.encode(" ".join(ask.asked))
    bm25 = bm25_scores(ask.stems, parent.stems)
    share, cover, mass = _overlap(weigher, ask.stems, parent)
    a_share, a_cover, a_mass = _overlap(weigher, ask.asked, parent)
    soft = _soft(weigher, ask.stems, parent)
    a_soft = _soft(weigher, ask.asked, parent) if ask.asked != ask.stems else soft
    plain = [s for s in ask.stems if s not in parent.title_stems]
    untitled = _overlap(weigher, plain, parent)[0]
    places = [p.number - 1 if p.kind == "step" else -1 for p in pieces]
    steps = max(places) + 1 if places else 0
    is_step = np.array([p.kind == "step" for p in pieces])

    columns |= {
        "bm25": bm25,
        "bm25_rel": _relative(bm25),
        "cos": cosine,
        "cos_rel": cosine - cosine.max(initial=0.0),
        "share": share,
        "cover": cover,
        "mass": mass,
        "a_share": a_share,
        "a_cover": a_cover,
        "a_mass": a_mass,
        "soft": soft,
        "soft_rel": soft - soft.max(initial=0.0),
        "a_soft": a_soft,
        "a_soft_rel": a_soft - a_soft.max(initial=0.0),
        "a_cos": asked_cosine,
        "a_cos_rel": asked_cosine - asked_cosine.max(initial=0.0),
        "untitled": untitled,
    }
    pairs = _bigrams(ask.stems)
    columns["bigrams"] = np.array([len(pairs & _bigrams(s)) for s in parent.stems], dtype=np.float32)
    for name, values in (("bm25", bm25), ("soft", soft), ("cos", cosine), ("a_soft", a_soft)):
        columns[f"{name}_before"] = _shift(values, places, -1)
        columns[f"{name}_after"] = _shift(values, places, 1)

    columns |= _context(ask, parent, weigher, places, is_step)
    columns["position"] = np.array([(p + 1) / max(steps, 1) if p >= 0 else 0 for p in places], dtype=np.float32)
    columns["is_first"] = np.array([p == 0 for p in places], dtype=np.float32)
    columns["is_last"] = np.array([p >= 0 and p == steps - 1 for p in places], dtype=np.float32)
    columns["length"] = np.log1p(np.array([len(s) for s in parent.stems], dtype=np.float32))
    for kind in _KINDS:
        columns[f"kind_{kind}"] = np.array([p.kind == kind for p in pieces], dtype=np.float32)
    held = np.array([offers(p.text) for p in pieces], dtype=np.float32).reshape(n, len(OFFERS))
    for i, name in enumerate(OFFERS):
        columns[f"holds_{name}"] = held[:, i]
    for name, wanted in zip(QUESTION_TYPES, ask.types, strict=True):
        columns[f"ask_{name}"] = float(wanted)
        if name in OFFERS:
            columns[f"match_{name}"] = held[:, OFFERS.index(name)] * wanted
    asked = dict(zip(QUESTION_TYPES, ask.types, strict=True))
    for name, offer in _STRICT:
        columns[f"strict_{name}_{offer}"] = held[:, OFFERS.index(offer)] * asked[name]
    lines = columns["kind_ingredient"]
    columns["strict_how_much_line"] = lines * asked["how_much"] * share
    columns["sort_line"] = lines * asked["sort"] * share
    columns["next_step"] = (columns["at_+1"] + columns["said_last_before_best"]) * asked["next"]
    columns["words"] = min(len(ask.sequence), 40) / 40
    columns["content"] = min(len(ask.stems), 20) / 20
    columns["turns"] = min(len(ask.history), 6) / 6
    columns["steps"] = min(steps, 20) / 20
    columns["recipe"] = float(recipe)
    table = np.empty((n, len(columns)), dtype=np.float32)
    for i, column in enumerate(columns.values()):
        table[:, i] = column
    return table, tuple(columns)


def _context(
    ask: Ask, parent: Prepared, weigher: Weigher, places: Sequence[int], is_step: NDArray[np.bool_]
) -> dict[str, Any]:
    """Where in the recipe the dialogue is: the step at hand, given or read from what was said, and the distance to
    it.
    """
    n = len(parent.pieces)
    nothing = np.zeros(n, np.float32)
    said: dict[str, Floats] = {}
    wizard, cook = ask.wizard, ask.cook
    turns = {"last": wizard[-1:], "earlier": wizard[-2:-1], "cook": cook[-1:]}
    for name, turn in turns.items():
        if not turn or not turn[0].stems:
            said[name] = nothing
            continue
        share, cover, _ = _overlap(weigher, turn[0].stems, parent)
        soft = _soft(weigher, turn[0].stems, parent)
        said[name] = (2 * np.sqrt(share * cover) + soft + parent.vectors @ weigher.encode(turn[0].text)) / 4
    all_said = nothing
    for old in wizard[:-2]:
        if old.stems:
            share, cover, _ = _overlap(weigher, old.stems, parent)
            all_said = np.maximum(all_said, np.sqrt(share * cover))
    columns: dict[str, Any] = {f"said_{name}": values for name, values in said.items()}
    columns["said_before_last"] = all_said
    for name in ("last", "earlier", "cook"):
        columns[f"said_{name}_rel"] = _relative(said[name])
        columns[f"said_{name}_before"] = _shift(said[name], places, -1)
    columns["said_last_after"] = _shift(said["last"], places, 1)

    before = columns["said_last_before"]
    columns["said_last_before_best"] = np.asarray((before == before.max(initial=0)) & (before > 0.3), dtype=np.float32)
    here, sure = _place(ask, said, places, is_step)
    columns["here_sure"] = sure
    columns["here_given"] = float(ask.query.step is not None)
    distance = np.array([p - here if p >= 0 and here is not None else 99 for p in places], dtype=np.float32)
    for near in _NEAR:
        columns[f"at_{near:+d}"] = (distance == near).astype(np.float32)
    columns["ahead"] = ((distance > 2) & (distance < 99)).astype(np.float32)
    columns["behind"] = (distance < -2).astype(np.float32)
    columns["distance"] = np.where(distance == 99, 9, np.clip(distance, -8, 8)).astype(np.float32)
    return columns


def _place(
    ask: Ask, said: dict[str, Floats], places: Sequence[int], is_step: NDArray[np.bool_]
) -> tuple[int | None, float]:
    """(step at hand from 0, how sure): given, else the step most like the wizard's last words, or those before them.

    A wizard who only says that the next step is shared is one step further than what was spoken of before.
    """
    if ask.query.step is not None:
        return ask.query.step - 1, 1.0
    moved = 0
    for name, discount in (("last", 1.0), ("cook", 0.8), ("earlier", 0.8)):
        values = np.where(is_step, said[name], 0)
        if len(values) and values.max() >= 0.3:
            return places[int(values.argmax())] + moved, float(values.max()) * discount
        if name == "last" and ask.wizard and _SHARED.search(ask.wizard[-1].text.lower()):
            moved = 1
    return None, 0.0
