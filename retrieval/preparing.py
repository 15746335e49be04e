"""What the index keeps of recipes and articles beside their text: terms and vectors of their pieces.

Cutting into words and embedding is most of the work of indexing and needs nothing but the parents themselves, so it can
be done anywhere and in parts: ``Prepared.joined`` of the parts is what one call gives, to the byte, as long as the
embeddings of a text do not depend on its neighbours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Encoder
from retrieval.store import Parent, pieces_of
from retrieval.text import term_id, words_and_content
from retrieval.vectors import quantise


@dataclass(frozen=True, slots=True)
class Prepared:
    """Some parents, ready to be written.

    Attributes:
        counts: Pieces of each parent.
        terms: (terms,) uint32, the term numbers of all pieces, one piece after the other.
        lengths: (pieces,) int32, how many terms each has.
        rows: (n,) int32, rising numbers of the pieces that have a vector.
        vectors: (n, dimensions) int8.
    """

    counts: list[int]
    terms: NDArray[np.uint32]
    lengths: NDArray[np.int32]
    rows: NDArray[np.int32]
    vectors: NDArray[np.int8]

    @classmethod
    def joined(cls, parts: Sequence["Prepared"]) -> "Prepared":
        """Parts, at least one, as one."""
        starts = np.cumsum([0, *(len(part.lengths) for part in parts[:-1])])
        return cls(
            [count for part in parts for count in part.counts],
            np.concatenate([part.terms for part in parts]),
            np.concatenate([part.lengths for part in parts]),
            np.concatenate([part.rows + np.int32(start) for part, start in zip(parts, starts, strict=True)]),
            np.concatenate([part.vectors for part in parts]),
        )


Preparing = Callable[[Sequence[Parent], Encoder], Prepared]


def prepare(parents: Sequence[Parent], encoder: Encoder) -> Prepared:
    """Cut parents into pieces, and embed all but single ingredient lines (see ``retrieval.vectors``).

    Args:
        parents: Recipes and knowledge entries.
        encoder: The embeddings.
    """
    pieces = [pieces_of(parent) for parent in parents]
    texts = [piece.search for group in pieces for piece in group]
    cut = [words_and_content(text) for text in texts]
    kinds = [piece.kind for group in pieces for piece in group]
    rows = [i for i, kind in enumerate(kinds) if kind != "ingredient"]
    vectors = quantise(encoder.encode([texts[i] for i in rows], [cut[i][0] for i in rows]))
    return Prepared(
        [len(group) for group in pieces],
        np.array([term_id(word) for _, content in cut for word in content], dtype=np.uint32),
        np.array([len(content) for _, content in cut], dtype=np.int32),
        np.array(rows, dtype=np.int32),
        vectors,
    )
