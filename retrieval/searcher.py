"""The search behind both retrievers: which parents to look into, and how likely each of their pieces is the answer.

With a recipe at hand that is the recipe and the knowledge entries that come near the question; without one, the best
parents of a hybrid search over all pieces (BM25 and vectors, fused by reciprocal rank; Cormack et al., 2009).
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from retrieval.asking import Ask, read_query
from retrieval.bm25 import query_terms
from retrieval.features import Prepared, Weigher, features, prepare
from retrieval.index import Index
from retrieval.passage import Passage, Query
from retrieval.pieces import Piece
from retrieval.rerank import Reranker
from retrieval.store import parent_id

WIDE = 100  # rows from each of BM25 and the vectors
PARENTS = 5  # parents that are looked into
_RRF = 30.0
_KNOWN = 3.0  # log odds that a knowledge entry found half as well as the best would lose, twice
_NAMED = 4.0  # log odds for a recipe whose whole title is in the question
_ELSEWHERE = 8.0  # log odds that the worst found parent loses to the best


def _untitled(query: Query, ask: Ask, title: str) -> tuple[Ask, bool]:
    """The question without a recipe's title in it, and whether it was there: the title says which recipe, not what of
    it.
    """
    words = title.split()
    if not words or words[0].lower() not in query.text.lower():
        return ask, False  # most titles: not worth a pattern
    pattern = re.escape(title).replace(r"\ ", r"\s+")
    text, count = re.subn(
        rf"(?:\b(?:for|in|about|of)\s+(?:the\s+|my\s+)?)?{pattern}\s*[:,-]?", " ", query.text, flags=re.IGNORECASE
    )
    if not count or len(text.split()) < 2:
        return ask, bool(count)
    return read_query(replace(query, text=text.strip())), True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece with what was found out about it.

    Attributes:
        piece, parent, title: What it is and whose.
        score: Log odds among the candidates of one question.
        found: How well its parent was found, in [0, 1].
    """

    piece: Piece
    parent: str
    title: str
    score: float
    found: float


class Searcher:
    """Search over an index. Safe for threads; keeps the last parents that it looked into."""

    def __init__(self, index: Index, keep: int = 64) -> None:
        self.index = index
        self.weigher = Weigher(index.encoder)
        self.reranker = Reranker.load()
        self._cache: OrderedDict[str, Prepared] = OrderedDict()
        self._ids: dict[int, str] = {}  # of positions that were looked into
        self._keep = keep
        self._revision = index.revision
        self._lock = threading.Lock()

    def children(self, query: Query, wide: int = WIDE) -> list[tuple[int, float]]:
        """Rows of pieces over the whole index, fused from BM25 and vectors, best first, with scores in (0, 1]."""
        text = self.search_text(query)
        fused: dict[int, float] = {}
        for rows in (
            self.index.bm25.search(query_terms(text), wide)[0],
            self.index.nearest(self.index.encoder.encode([text])[0], wide)[0],
        ):
            _, alive = self.index.parents_of(rows)
            for rank, row in enumerate(rows[alive].tolist()):
                fused[row] = fused.get(row, 0.0) + _RRF / (2 * (_RRF + rank))
        return sorted(fused.items(), key=lambda item: (-item[1], item[0]))

    @staticmethod
    def search_text(query: Query) -> str:
        """The words to search everything with: a bare "how long?" takes the last turns along."""
        if query.recipe is None and query.history and len(query.text.split()) < 6:
            return " ".join((*query.history[-2:], query.text))[-1500:]
        return query.text[-1500:]

    def parents(self, query: Query, only_knowledge: bool = False) -> list[tuple[int, float]]:
        """(position, how well found) of parents, best first: the best child counts fully, further ones less."""
        found: dict[int, list[float]] = {}
        children = self.children(query)
        positions, _ = self.index.parents_of(np.array([row for row, _ in children], dtype=np.int64))
        for position, (_, score) in zip(positions.tolist(), children, strict=True):
            found.setdefault(position, []).append(score)
        if only_knowledge and found:
            keys = np.array(list(found))
            found = {int(p): found[int(p)] for p in keys[~self.index.is_recipe(keys)]}
        totals = {
            p: sum(s / (2**i) for i, s in enumerate(sorted(scores, reverse=True)[:6])) / 2
            for p, scores in found.items()
        }
        return sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:PARENTS]

    def prepared(self, position: int | None = None, ident: str = "") -> Prepared | None:
        """A parent, by position in the layout or by id, made ready."""
        with self._lock:
            if self._revision != self.index.revision:  # what was kept need not hold any more
                self._cache.clear()
                self._ids.clear()
                self._revision = self.index.revision
            revision = self._revision
            key = ident or self._ids.get(position or 0, "")
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        parent = self.index.store.by_id(ident) if ident else self.index.parent_at(position or 0)
        if parent is None:
            return None
        ready = prepare(parent, self.weigher)
        with self._lock:
            if revision != self.index.revision:
                return ready
            self._cache[ready.id] = ready
            if not ident:
                self._ids[position or 0] = ready.id
            while len(self._cache) > self._keep:
                gone, _ = self._cache.popitem(last=False)
                self._ids = {place: id_ for place, id_ in self._ids.items() if id_ != gone}
        return ready

    def candidates(self, query: Query, parents: Sequence[tuple[Prepared, float]]) -> list[Candidate]:
        """All passages of some parents with their scores, best first; of pieces that show one passage the best
        stands.
        """
        ask = read_query(query)
        best: dict[str, Candidate] = {}
        nearest = max((found for parent, found in parents if parent.id.startswith("knowledge:")), default=1.0)
        for parent, found in parents:
            recipe = not parent.id.startswith("knowledge:")
            asked, named = (
                (ask, False) if parent.id == query.recipe or not recipe else _untitled(query, ask, parent.title)
            )
            table, names = features(asked, parent, self.weigher, recipe)
            scores = self.reranker.scores(table, names)
            if recipe and parent.id != query.recipe:
                # The reranker judges within a recipe; which recipe is meant is for the search to say.
                scores = scores + (_NAMED if named else 0.0) - _ELSEWHERE * (1 - found)
            elif not recipe:
                scores = scores - _KNOWN * (1 - found / nearest)
            for piece, score in zip(parent.pieces, scores.tolist(), strict=True):
                if piece.id not in best or score > best[piece.id].score:
                    best[piece.id] = Candidate(piece, parent.id, parent.title, score, found)
        return sorted(best.values(), key=lambda c: -c.score)

    def looked_into(self, query: Query) -> list[tuple[Prepared, float]]:
        """The parents that a question is looked up in: the recipe at hand and near knowledge, or the best of all."""
        parents: list[tuple[Prepared, float]] = []
        if query.recipe is not None:
            at_hand = self.prepared(ident=query.recipe)
            if at_hand is not None:
                parents.append((at_hand, 1.0))
                found = self.parents(replace(query, history=()), only_knowledge=True)[:2]
            else:
                found = self.parents(replace(query, recipe=None))
        else:
            found = self.parents(query)
        for position, score in found:
            ready = self.prepared(position)
            if ready is not None:
                parents.append((ready, score))
        return parents

    def passages(
        self, query: Query, k: int, kinds: set[str] | None, parents: Sequence[tuple[Prepared, float]]
    ) -> list[Passage]:
        """The best passages of some parents, scored by a softmax over all candidates of a kind that is wanted."""
        chosen = [
            c for c in self.candidates(query, parents) if (c.piece.kind in kinds if kinds else c.piece.kind != "recipe")
        ]
        return to_passages(chosen, k)


def to_passages(candidates: Sequence[Candidate], k: int) -> list[Passage]:
    """Candidates, best first, as passages with scores in [0, 1] that sum to at most 1.

    A line of the ingredient list that comes after the whole list says nothing new: it makes room for the next.
    """
    scores = np.array([c.score for c in candidates], dtype=np.float64)
    exp = np.exp(scores - scores.max(initial=-np.inf)) if len(scores) else scores
    passages: list[Passage] = []
    listed: set[str] = set()
    for candidate, share in zip(candidates, exp / max(float(exp.sum()), 1e-12), strict=True):
        if len(passages) == k:
            break
        if candidate.piece.kind == "ingredients":
            listed.add(candidate.parent)
        elif candidate.piece.kind == "ingredient" and candidate.parent in listed:
            continue
        passages.append(candidate.piece.passage(candidate.parent, candidate.title, round(float(share), 4)))
    return passages


__all__ = ["Candidate", "Searcher", "parent_id", "to_passages"]
