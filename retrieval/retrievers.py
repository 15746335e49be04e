"""The two retrievers.

``parent``: LangChain's ParentDocumentRetriever. Small pieces are searched, their parents (recipes, articles) ranked,
and the passages that answer are picked within the best parents.
``compression``: LangChain's ContextualCompressionRetriever. A wide hybrid search over pieces, then a compressor: by
default the local reranker, by setting any other.

Both understand the recipe and the step at hand and the dialogue so far. LangChain takes seconds to import, so a
retriever answers at once with the same functions called directly, and goes through LangChain's objects when
:meth:`Retriever.warm_up` has built them (see ``retrieval.chains``).
"""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.errors import RetrievalError
from retrieval.index import Index
from retrieval.passage import Passage, Query
from retrieval.searcher import Searcher
from retrieval.vectors import EXACT_LIMIT

if TYPE_CHECKING:
    from retrieval.chains import Chain

KINDS = ("parent", "compression")
_LONGEST = 2_000


class Retriever:
    """Answers queries with passages.

    Args:
        index: The index to search.
        kind: "parent" or "compression".
        compressor: "bundled", "cohere", "llm-chain-extractor", "embeddings-filter", "cross-encoder:NAME", or a
            LangChain document compressor as "package.module:Class". Only for "compression".

    Raises:
        RetrievalError: There is no such kind, or the weights are damaged.
    """

    def __init__(self, index: Index, kind: str = "parent", compressor: str = "bundled") -> None:
        if kind not in KINDS:
            raise RetrievalError(
                f'There is no retrieval kind "{kind}"; set retrieval.kind to "parent" or "compression".'
            )
        self.index, self.kind, self.compressor = index, kind, compressor
        self.searcher = Searcher(index)
        self._chain: Chain | None = None
        self._building = threading.Lock()

    def retrieve(self, query: Query, k: int = 5, kinds: set[str] | None = None) -> list[Passage]:
        """Passages for a query, best first.

        Args:
            query: The cook's words, the history, the recipe and the step at hand.
            k: How many at most.
            kinds: Only these kinds (see ``PASSAGE_KINDS``); None for all but whole recipes.

        Returns:
            Passages with scores in [0, 1], comparable within this answer. With a recipe at hand: from it, and
            knowledge.
        """
        if not query.text.strip() or k < 1:
            return []
        # Nobody asks in 2,000 characters; a pasted novel must not cost a minute.
        query = replace(query, text=query.text[-_LONGEST:], history=tuple(t[-_LONGEST:] for t in query.history[-12:]))
        chain = self._chain
        if chain is None and self.kind == "compression" and self.compressor != "bundled":
            chain = self.langchain()  # there is no local form of a foreign compressor
        if chain is not None:
            return chain.passages(query, k, kinds)
        return self.searcher.passages(query, k, kinds, self.searcher.looked_into(query))

    def langchain(self) -> "Chain":
        """The LangChain retriever, built if need be (seconds the first time).

        Raises:
            RetrievalError: The compressor of the settings cannot be made.
        """
        with self._building:
            if self._chain is None:
                from retrieval.chains import build_chain

                self._chain = build_chain(self.searcher, self.kind, self.compressor)
            return self._chain

    def warm_up(self) -> None:
        """Build what takes seconds: LangChain's objects, and Chroma, which is filled if it is behind.

        Meant for a background thread. While the index is small, another process that owns Chroma is no hindrance:
        vectors are then searched in memory.

        Raises:
            RetrievalError: The compressor cannot be made, or a large index belongs to another process.
        """
        self.langchain()
        try:
            self.index.open_chroma()
        except RetrievalError:
            if len(self.index.vectors) > EXACT_LIMIT:
                raise


def open_retriever(index: Index, kind: str = "parent", compressor: str = "bundled") -> Retriever:
    """A retriever over an index (see :class:`Retriever`)."""
    return Retriever(index, kind, compressor)
