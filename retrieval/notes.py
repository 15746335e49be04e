"""The notes of the knowledge base that may bear on what a cook says at a step.

As with parent documents, small pieces are searched and the notes they belong to are found: a note's heading, its
sentences, its questions, and what cooks said that it answers (``retrieval.asked``). BM25 and static embeddings are
fused by reciprocal rank (Cormack et al., 2009). The notes are searched apart from the recipes, which may be many.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from retrieval.asked import note_questions
from retrieval.bm25 import Bm25, build_segment, query_terms
from retrieval.cookbook import load_knowledge
from retrieval.embeddings import Encoder, open_embeddings
from retrieval.passage import Passage
from retrieval.pieces import knowledge_pieces
from retrieval.recipe import KnowledgeEntry
from retrieval.text import content_words, term_id

NEAR, HERE = 8, 4  # notes by the cook's words alone; and more of them with the step's words beside
WIDE = 400  # pieces from each of BM25 and the vectors
NOTES = 60  # notes of which the rank counts
_RRF = 30.0
_SHORT = 2  # words that say something: what has fewer is found by no piece of its own


class Notes:
    """Search over notes.

    Args:
        entries: The knowledge base.
        asked: (what was said, id of the entry that answers); what names no entry is left out.
        encoder: Embeds pieces and what is said.
    """

    def __init__(self, entries: Sequence[KnowledgeEntry], asked: Iterable[tuple[str, str]], encoder: Encoder) -> None:
        self.entries, self.encoder = tuple(entries), encoder
        number = {entry.id: n for n, entry in enumerate(self.entries)}
        pieces = [(n, piece.search) for n, entry in enumerate(self.entries) for piece in knowledge_pieces(entry)]
        pieces += [
            (number[id_], f"{text} {self.entries[number[id_]].title}")
            for text, id_ in asked
            if id_ in number and len(content_words(text)) >= _SHORT
        ]
        self._owner = np.array([n for n, _ in pieces], dtype=np.int64)
        texts = [text for _, text in pieces]
        self._vectors = encoder.encode(texts)
        self._bm25 = Bm25([build_segment([term_id(word) for word in content_words(text)] for text in texts)])

    def near(self, utterance: str, step: str = "") -> list[Passage]:
        """Notes near a cook's words, and near them together with the step at hand ("it has lumps": what has?).

        Args:
            utterance: What the cook says.
            step: Text of the step at hand, or "".

        Returns:
            At most ``NEAR + HERE``, best first, with scores in (0, 1].
        """
        found = self._search(utterance)[:NEAR]
        if step:
            have = {n for n, _ in found}
            found += [(n, score) for n, score in self._search(f"{utterance} {step}") if n not in have][:HERE]
        return [self._passage(self.entries[n], score) for n, score in found]

    def _search(self, text: str) -> list[tuple[int, float]]:
        """(number, score) of notes, best first."""
        if not self.entries or not text.strip():
            return []
        by_words, _ = self._bm25.search(query_terms(text), WIDE)
        alike = self._vectors @ self.encoder.encode([text])[0]
        by_sense = np.argsort(-alike, kind="stable")[:WIDE]
        scores: dict[int, float] = {}
        for rows in (by_words, by_sense):
            order = list(dict.fromkeys(self._owner[rows].tolist()))[:NOTES]
            for rank, n in enumerate(order):
                scores[n] = scores.get(n, 0.0) + _RRF / (2 * (_RRF + rank))
        return sorted(scores.items(), key=lambda item: (-item[1], item[0]))

    @staticmethod
    def _passage(entry: KnowledgeEntry, score: float) -> Passage:
        ident = f"knowledge:{entry.id}"
        return Passage(ident, "knowledge", entry.text, round(score, 4), ident, entry.title)


def open_notes() -> Notes:
    """The bundled knowledge base, with the bundled embeddings whatever the settings say: every turn searches it."""
    return Notes(load_knowledge(), note_questions(), open_embeddings())
