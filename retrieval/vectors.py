"""Vectors of the pieces: exact search in memory while there are few, persistent Chroma for many.

Every segment keeps its vectors as int8 beside its postings (a rounding that costs nothing measurable and a quarter of
the space). From there Chroma is filled, in batches, with a watermark: a killed process goes on where it stopped.
Chroma takes seconds to import and its folder must have one owner process, so it is opened late and only under the
index's lock.

Single ingredient lines have no vector of their own: "2 eggs" stands in a third of all recipes and would be 60 % of all
vectors (and of Chroma's memory). They are found by BM25, and with their recipe by the vector of its whole list.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RetrievalError

CHROMA_BATCH = 5_000  # Chroma takes at most 5,461 records per add
EXACT_LIMIT = 50_000  # up to here a scan in memory is faster than any index: 3 ms
Progress = Callable[[str, int, int], None]
Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


def quantise(rows: Floats) -> NDArray[np.int8]:
    """Unit rows as int8."""
    return np.clip(np.round(rows * 127), -127, 127).astype(np.int8)


@dataclass(frozen=True, slots=True)
class VectorBlock:
    """The vectors of one segment.

    Attributes:
        rows: (n,) int32, rising numbers of the rows that have one, counted from the segment's start.
        vectors: (n, dimensions) int8.
    """

    rows: NDArray[np.int32]
    vectors: NDArray[np.int8]

    def save(self, folder: Path) -> None:
        """Two files that can be mapped."""
        np.save(folder / "vector_rows.npy", self.rows)
        np.save(folder / "vectors.npy", self.vectors)

    @classmethod
    def load(cls, folder: Path) -> "VectorBlock":
        """Map a segment's vectors.

        Raises:
            RetrievalError: A file is missing or damaged.
        """
        try:
            rows = np.load(folder / "vector_rows.npy", mmap_mode="r")
            return cls(rows, np.load(folder / "vectors.npy", mmap_mode="r"))
        except (OSError, ValueError, EOFError) as error:
            raise RetrievalError(
                f"The search index in {folder.parent} is damaged ({error}); "
                "delete that folder's parent and import the recipes again."
            ) from error

    def followed_by(self, other: "VectorBlock", offset: int) -> "VectorBlock":
        """Both as one; ``offset`` is the number of rows of this one's segment."""
        rows = np.concatenate([self.rows, other.rows + np.int32(offset)])
        return VectorBlock(rows, np.concatenate([self.vectors, other.vectors]))


class SegmentVectors:
    """The vectors of all segments, one after the other, mapped from disk.

    Args:
        parts: (first row, block) of each segment.
    """

    def __init__(self, parts: Sequence[tuple[int, VectorBlock]]) -> None:
        self._parts = list(parts)
        self._dense: tuple[Rows, Floats] | None = None

    def __len__(self) -> int:
        return sum(len(block.rows) for _, block in self._parts)

    def batches(self, after: int, size: int) -> Iterator[tuple[Rows, Floats]]:
        """(row numbers, vectors) of the rows from ``after`` on, ``size`` at a time."""
        for base, block in self._parts:
            start = int(np.searchsorted(block.rows, after - base))
            for at in range(start, len(block.rows), size):
                rows = block.rows[at : at + size].astype(np.int64) + base
                yield rows, block.vectors[at : at + size].astype(np.float32) / np.float32(127)

    def nearest(self, query: Floats, k: int) -> tuple[Rows, Floats]:
        """Exact nearest rows by cosine: (rows, similarities), best first."""
        if not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if self._dense is None:
            parts = list(self.batches(0, 1 << 30))
            self._dense = np.concatenate([r for r, _ in parts]), np.concatenate([v for _, v in parts])
        rows, vectors = self._dense
        scores = vectors @ query
        top = np.argpartition(-scores, k)[:k] if len(scores) > k else np.arange(len(scores))
        order = top[np.lexsort((top, -scores[top]))]
        return rows[order], scores[order]


def open_collection(client: Any, title: str, metadata: dict[str, Any]) -> Any:
    """A Chroma collection for rows; ``metadata`` is for one that has to be made."""
    # Few links and a shallow search: the reranker sees 100 rows, recall beyond 0.95 changes nothing.
    settings = {"hnsw": {"space": "cosine", "max_neighbors": 12, "ef_construction": 60, "ef_search": 100}}
    return client.get_or_create_collection(title, embedding_function=None, configuration=settings, metadata=metadata)


class ChromaVectors:
    """One Chroma collection, whose ids are row numbers.

    Args:
        client: Chroma's client.
        collection: The collection.
        space: What to do where there is no space, for messages.
    """

    def __init__(self, client: Any, collection: Any, space: str = "free some space") -> None:
        self._client, self.collection, self._space = client, collection, space
        self._guard = threading.Lock()

    @classmethod
    def on_disk(cls, folder: Path, name: str) -> "ChromaVectors":
        """The collection in a folder, whose lock the caller holds.

        Args:
            folder: Its directory.
            name: Name of the embeddings; another name means other vectors, so the collection starts again.

        Raises:
            RetrievalError: Chroma cannot open it.
        """
        import chromadb
        from chromadb.config import Settings

        metadata = {"embeddings": name}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
            collection = open_collection(client, "pieces", metadata)
            if (collection.metadata or {}).get("embeddings") != name:
                client.delete_collection("pieces")
                collection = open_collection(client, "pieces", metadata)
        except Exception as error:
            raise RetrievalError(
                f"The vector store {folder} cannot be opened ({error}); "
                "delete that folder: it is filled again from the index."
            ) from error
        return cls(client, collection)

    def fill(self, vectors: SegmentVectors, done: int, kept: Callable[[int], None], progress: Progress) -> None:
        """Add the rows that are not there yet. Rows have their own number as id, so adding one twice changes nothing.

        Args:
            vectors: All vectors.
            done: Rows before this one are there (unless the collection is empty).
            kept: Called with the new value of ``done`` after each batch, to be remembered.
            progress: Called as ``progress("vectors", done, total)``.

        Raises:
            RetrievalError: Chroma refuses, mostly because the disk is full.
        """
        try:
            count = self.collection.count()
            for rows, batch in vectors.batches(done if count else 0, CHROMA_BATCH):
                with self._guard:
                    self.collection.upsert(ids=[str(row) for row in rows.tolist()], embeddings=batch)
                kept(int(rows[-1]) + 1)
                count += len(rows)
                progress("vectors", min(count, len(vectors)), len(vectors))
        except RetrievalError:
            raise
        except Exception as error:
            raise RetrievalError(
                f"The vector store cannot be written ({error}); "
                f"{self._space} and try again: it goes on where it stopped."
            ) from error

    def nearest(self, query: Floats, k: int) -> tuple[Rows, Floats]:
        """Nearest rows by cosine: (rows, similarities), best first."""
        with self._guard:  # Chroma's own client is not known to be safe for threads
            found = self.collection.query(query_embeddings=[query.tolist()], n_results=k, include=["distances"])
        rows = np.array([int(i) for i in found["ids"][0]], dtype=np.int64)
        return rows, 1 - np.array(found["distances"][0], dtype=np.float32)

    def close(self) -> None:
        """Let go of the files."""
        close = getattr(self._client, "close", None)
        if close is not None:
            close()
