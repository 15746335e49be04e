"""BM25 over immutable segments on disk, memory-mapped.

A segment is a matrix in compressed columns: for each term (a 32-bit hash, sorted) the rows that hold it and how
often. A query touches only the columns of its own terms, so 700,000 rows need neither a dictionary nor to be in
memory. Document frequencies and the mean length are taken over all segments at query time, so that segments can be
added at any time.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); the idf is Lucene's.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RetrievalError
from retrieval.text import content_words, term_id

K1, B = 1.2, 0.75
_PARTS = ("terms", "offsets", "rows", "counts", "lengths")


@dataclass(frozen=True, slots=True)
class Segment:
    """One block of rows.

    Attributes:
        base: Number of its first row in the whole index.
        terms: (T,) uint32, sorted hashes.
        offsets: (T + 1,) int64, where each term's postings begin.
        rows: (P,) int32, rows counted from the segment's own start, rising within a term.
        counts: (P,) uint8, how often the term stands in that row (255 at most).
        lengths: (R,) uint16, words per row.
    """

    base: int
    terms: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.lengths)

    def postings(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Rows with a term and its counts there; empty if it occurs nowhere."""
        at = int(np.searchsorted(self.terms, np.uint32(term)))
        if at == len(self.terms) or int(self.terms[at]) != term:
            return self.rows[:0], self.counts[:0]
        start, end = int(self.offsets[at]), int(self.offsets[at + 1])
        return self.rows[start:end], self.counts[start:end]

    def save(self, folder: Path) -> None:
        """One ``.npy`` file per array, so that each can be mapped."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PARTS:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path, base: int) -> "Segment":
        """Map a segment's files.

        Raises:
            RetrievalError: One is missing or damaged.
        """
        try:
            # Plain arrays over the mapped files: a memmap costs ten times as much to cut into pieces.
            parts = {name: np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in _PARTS}
        except (OSError, ValueError, EOFError) as error:
            raise RetrievalError(
                f"The search index in {folder.parent} is damaged ({error}); delete that folder and import the "
                f"recipes again."
            ) from error
        return cls(base, **parts)


def build_segment(documents: Iterable[Sequence[int]], base: int = 0) -> Segment:
    """A segment from rows of term numbers.

    Args:
        documents: Term numbers of each row, repeated as they occur.
        base: Number of the first row.
    """
    lengths: list[int] = []
    flat: list[int] = []
    for document in documents:
        lengths.append(len(document))
        flat += document
    return segment_of(np.asarray(flat, dtype=np.uint32), np.asarray(lengths, dtype=np.int32), base)


def segment_of(terms: NDArray[np.uint32], lengths: NDArray[np.int32], base: int = 0) -> Segment:
    """:func:`build_segment` for rows that lie one after the other in ``terms``, with their lengths."""
    rows = np.repeat(np.arange(len(lengths), dtype=np.uint64), lengths)
    keys, counts = np.unique((terms.astype(np.uint64) << np.uint64(32)) | rows, return_counts=True)
    return _from_keys(keys, counts, np.minimum(lengths, 65535).astype(np.uint16), base)


def _from_keys(keys: NDArray[np.uint64], counts: NDArray[np.int64], lengths: NDArray[np.uint16], base: int) -> Segment:
    all_terms = (keys >> np.uint64(32)).astype(np.uint32)
    terms, starts = np.unique(all_terms, return_index=True)
    offsets = np.append(starts, len(keys)).astype(np.int64)
    rows = (keys & np.uint64(0xFFFFFFFF)).astype(np.int32)
    return Segment(base, terms, offsets, rows, np.minimum(counts, 255).astype(np.uint8), lengths)


def merge_segments(segments: Sequence[Segment]) -> Segment:
    """Neighbouring segments as one."""
    base = segments[0].base
    keys, counts = [], []
    for segment in segments:
        terms = np.repeat(segment.terms.astype(np.uint64), np.diff(segment.offsets))
        keys.append((terms << np.uint64(32)) | (segment.rows.astype(np.uint64) + np.uint64(segment.base - base)))
        counts.append(segment.counts.astype(np.int64))
    joined = np.concatenate(keys)
    order = np.argsort(joined, kind="stable")
    lengths = np.concatenate([s.lengths for s in segments])
    return _from_keys(joined[order], np.concatenate(counts)[order], lengths, base)


def query_terms(text: str) -> dict[int, float]:
    """Weights of a query's terms."""
    weights: dict[int, float] = {}
    for word in content_words(text):
        weights[term_id(word)] = weights.get(term_id(word), 0.0) + 1.0
    return weights


class Bm25:
    """BM25 over segments.

    Args:
        segments: In order of ``base``, without gaps.
    """

    def __init__(self, segments: Sequence[Segment] = ()) -> None:
        self.segments = list(segments)
        self.total = sum(len(s) for s in self.segments)
        # Plain sums of mapped arrays: one pass over 2 bytes per row.
        self.mean_length = sum(int(s.lengths.sum(dtype=np.int64)) for s in self.segments) / max(1, self.total)

    def __len__(self) -> int:
        return self.total

    def idf(self, term: int) -> float:
        """Inverse document frequency, never negative."""
        n = sum(len(s.postings(term)[0]) for s in self.segments)
        return math.log(1 + (self.total - n + 0.5) / (n + 0.5))

    def search(
        self, terms: Mapping[int, float], k: int, max_postings: int = 200_000
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The best rows for weighted terms.

        Args:
            terms: Term numbers with their weights in the query.
            k: How many rows.
            max_postings: Work limit: the commonest terms are left out once rarer ones have used this up, which bounds
                the time of a query like "add the water and the salt" over a large index.

        Returns:
            Rows, best first, and their scores (all above 0).
        """
        found = [[segment.postings(term) for segment in self.segments] for term in terms]
        sizes = [sum(len(rows) for rows, _ in parts) for parts in found]
        weights = [
            w * math.log(1 + (self.total - n + 0.5) / (n + 0.5)) for w, n in zip(terms.values(), sizes, strict=True)
        ]
        budget = max_postings
        used: list[int] = []
        for i in np.argsort(sizes):
            if sizes[i] and (not used or sizes[i] <= budget):
                used.append(int(i))
                budget -= sizes[i]
        best_rows, best_scores, floor = [], [], 0.0
        for number, segment in enumerate(self.segments):
            scores = np.zeros(len(segment), dtype=np.float32)
            for i in used:
                rows, counts = found[i][number]
                if len(rows):
                    tf = counts.astype(np.float32)
                    norm = K1 * (1 - B + (B / max(self.mean_length, 1e-9)) * segment.lengths[rows].astype(np.float32))
                    scores[rows] += weights[i] * (K1 + 1) * tf / (tf + norm)
            # Only what beats the best of the segments before can matter: most segments then need no sorting.
            top = np.flatnonzero(scores > floor)
            if len(top) > k:
                top = top[np.argpartition(-scores[top], k)[:k]]
            if len(top) == k:
                floor = max(floor, float(scores[top].min()) * (1 - 1e-6))
            best_rows.append(top.astype(np.int64) + segment.base)
            best_scores.append(scores[top])
        if not best_rows:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rows_, scores_ = np.concatenate(best_rows), np.concatenate(best_scores)
        order = np.lexsort((rows_, -scores_))[:k]  # equal scores by row, so that answers repeat
        return rows_[order], scores_[order]


def bm25_scores(query: Sequence[str], documents: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """BM25 of a query against a few documents that are their own collection, such as the pieces of one recipe.

    Args:
        query: Words.
        documents: Words of each document.

    Returns:
        (len(documents),) float32 scores.
    """
    scores = np.zeros(len(documents), dtype=np.float32)
    if not documents:
        return scores
    mean = sum(map(len, documents)) / len(documents) or 1.0
    for word in set(query):
        tf = np.array([document.count(word) for document in documents], dtype=np.float32)
        n = int((tf > 0).sum())
        if n:
            norm = np.array([K1 * (1 - B + B * len(d) / mean) for d in documents], dtype=np.float32)
            scores += math.log(1 + (len(documents) - n + 0.5) / (n + 0.5)) * (K1 + 1) * tf / (tf + norm)
    return scores
