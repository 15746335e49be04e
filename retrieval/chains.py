"""LangChain's retrievers around our search.

``PieceStore`` is a LangChain vector store whose similarity search is the hybrid one, and ``ParentStore`` a LangChain
document store over the index, so that LangChain's own ParentDocumentRetriever and ContextualCompressionRetriever run
unchanged, and any LangChain document compressor can take the local reranker's place. A query travels as
:class:`QueryText`, a string that carries the recipe, the step and the history along.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from langchain_classic.retrievers import ContextualCompressionRetriever, ParentDocumentRetriever
from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.stores import BaseStore
from langchain_core.vectorstores import VectorStore
from langchain_text_splitters import CharacterTextSplitter
from pydantic import ConfigDict

from retrieval.compressors import open_compressor
from retrieval.features import Prepared
from retrieval.passage import Passage, Query
from retrieval.pieces import Piece
from retrieval.searcher import Candidate, Searcher, to_passages
from retrieval.store import Parent

ID_KEY = "doc_id"


class QueryText(str):
    """The cook's words, with the whole query beside them, and then the parents that it was looked up in."""

    query: Query
    parents: list[tuple[Prepared, float]]

    def __new__(cls, query: Query) -> "QueryText":
        text = super().__new__(cls, query.text)
        text.query, text.parents = query, []
        return text


def query_of(text: str) -> Query:
    """The query that a string carries, or one of its words alone."""
    return text.query if isinstance(text, QueryText) else Query(str(text))


def piece_document(piece: Piece, parent: str, title: str, found: float) -> Document:
    """A piece as a LangChain document."""
    metadata = {ID_KEY: parent, "id": piece.id, "kind": piece.kind, "title": title, "found": found}
    return Document(page_content=piece.text, metadata=metadata)


def parent_document(parent: Parent, ident: str) -> Document:
    """A recipe or an article as a LangChain document: its whole text."""
    lines = getattr(parent, "items", None)
    text = "\n".join((parent.title, *lines)) if lines is not None else getattr(parent, "text", "")
    return Document(page_content=text, metadata={"id": ident, "title": parent.title})


class PieceStore(VectorStore):
    """Hybrid search over the pieces, as a LangChain vector store. Adding goes through
    :meth:`retrieval.index.Index.add`.
    """

    def __init__(self, searcher: Searcher, per_parent: int | None = None) -> None:
        self.searcher, self._per_parent = searcher, per_parent

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Pieces of the parents that the query is looked up in, parents in order."""
        parents = self.searcher.looked_into(query_of(query))
        if isinstance(query, QueryText):
            query.parents = parents
        documents = []
        for parent, found in parents:
            pieces = parent.pieces[: self._per_parent]
            documents += [piece_document(piece, parent.id, parent.title, found) for piece in pieces]
        return documents[:k]

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[Any, Any]] | None = None, **kwargs: Any
    ) -> list[str]:
        raise NotImplementedError("recipes are added with Index.add")

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Any, metadatas: list[dict[Any, Any]] | None = None, **kwargs: Any
    ) -> "PieceStore":
        raise NotImplementedError("recipes are added with Index.add")


class ParentStore(BaseStore[str, Document]):
    """The parents of the index, as a LangChain document store. Read only."""

    def __init__(self, searcher: Searcher) -> None:
        self._store = searcher.index.store

    def mget(self, keys: Sequence[str]) -> list[Document | None]:
        """Parents by id."""
        found = [(key, self._store.by_id(key)) for key in keys]
        return [parent_document(parent, key) if parent is not None else None for key, parent in found]

    def mset(self, key_value_pairs: Sequence[tuple[str, Document]]) -> None:
        raise NotImplementedError("recipes are added with Index.add")

    def mdelete(self, keys: Sequence[str]) -> None:
        raise NotImplementedError("recipes are replaced with Index.add")

    def yield_keys(self, *, prefix: str | None = None) -> Iterator[str]:
        """Ids of all recipes."""
        for parent in self._store.all("recipe"):
            url = getattr(parent, "url", "")
            if url.startswith(prefix or ""):
                yield url


class LocalReranker(BaseDocumentCompressor):
    """The bundled reranker as a LangChain document compressor: orders pieces and scores them."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    searcher: Searcher

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """The documents, best first, with ``relevance_score`` (log odds) in their metadata."""
        asked = query_of(query)
        parents = {d.metadata[ID_KEY]: d.metadata["found"] for d in documents}
        ready = [
            (p, found) for ident, found in parents.items() if (p := self.searcher.prepared(ident=ident)) is not None
        ]
        wanted = {d.metadata["id"] for d in documents}
        chosen = [c for c in self.searcher.candidates(asked, ready) if c.piece.id in wanted]
        out = []
        for c in chosen:
            document = piece_document(c.piece, c.parent, c.title, c.found)
            document.metadata["relevance_score"] = c.score
            out.append(document)
        return out


class Chain(Protocol):
    """A LangChain retriever that gives passages."""

    retriever: BaseRetriever

    def passages(self, query: Query, k: int, kinds: set[str] | None) -> list[Passage]:
        """Passages, best first."""
        ...


class ParentChain:
    """ParentDocumentRetriever, then the passages that answer within the parents that it ranked."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self.retriever: BaseRetriever = ParentDocumentRetriever(
            vectorstore=PieceStore(searcher, per_parent=1),
            docstore=ParentStore(searcher),
            child_splitter=CharacterTextSplitter(),  # required by LangChain; the index cuts recipes itself
            id_key=ID_KEY,
            search_kwargs={"k": 20},
        )

    def passages(self, query: Query, k: int, kinds: set[str] | None) -> list[Passage]:
        """Parents by LangChain, passages by the reranker."""
        asked = QueryText(query)
        ranked = self.retriever.invoke(asked)
        found = {parent.id: score for parent, score in asked.parents}
        parents = []
        for document in ranked:
            ready = self._searcher.prepared(ident=document.metadata["id"])
            if ready is not None:
                parents.append((ready, found.get(ready.id, 0.0)))
        return self._searcher.passages(query, k, kinds, parents)


class CompressionChain:
    """ContextualCompressionRetriever: a wide hybrid search, then a compressor."""

    def __init__(self, searcher: Searcher, compressor: str) -> None:
        local = LocalReranker(searcher=searcher)
        chosen = local if compressor == "bundled" else open_compressor(compressor, searcher.index.encoder.embeddings)
        self.retriever: BaseRetriever = ContextualCompressionRetriever(
            base_retriever=PieceStore(searcher).as_retriever(search_kwargs={"k": 200}), base_compressor=chosen
        )

    def passages(self, query: Query, k: int, kinds: set[str] | None) -> list[Passage]:
        """What the compressor left. A foreign compressor's scores are used if it gives any, else its order."""
        candidates = []
        for rank, document in enumerate(self.retriever.invoke(QueryText(query))):
            data = document.metadata
            if (data["kind"] in kinds) if kinds else data["kind"] != "recipe":
                piece = Piece(data["id"], data["kind"], document.page_content, "")
                score = data.get("relevance_score")
                value = float(score) if isinstance(score, int | float | np.floating) else -0.5 * rank
                candidates.append(Candidate(piece, data[ID_KEY], data["title"], value, data["found"]))
        return to_passages(candidates, k)


def build_chain(searcher: Searcher, kind: str, compressor: str) -> Chain:
    """The LangChain form of a retriever.

    Raises:
        RetrievalError: The compressor cannot be made.
    """
    return ParentChain(searcher) if kind == "parent" else CompressionChain(searcher, compressor)
