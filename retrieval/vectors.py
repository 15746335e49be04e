"""Vectors of the pieces: exact search in memory while there are few, persistent Chroma for many.

Every segment keeps its vectors as int8 beside its postings (a rounding that costs nothing measurable and a quarter of
the space). From there Chroma is filled, in batches, with a watermark: a killed process goes on where it stopped.
Chroma takes seconds to import and its folder must have one owner process, so it is opened late and only under the
index's lock.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RetrievalError

CHROMA_BATCH = 5_000  # Chroma takes at most 5,461 records per add
EXACT_LIMIT = 50_000  # up to here a scan in memory is faster than any index: 3 ms
Progress = Callable[[str, int, int], None]


def quantise(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    """Unit rows as int8."""
    return np.clip(np.round(rows * 127), -127, 127).astype(np.int8)


class SegmentVectors:
    """The vectors of all segments, one after the other, mapped from disk."""

    def __init__(self, parts: Sequence[tuple[int, NDArray[np.int8]]]) -> None:
        self._parts = list(parts)
        self._dense: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return sum(len(rows) for _, rows in self._parts)

    @staticmethod
    def load(folder: Path) -> NDArray[np.int8]:
        """Map one segment's vectors.

        Raises:
            RetrievalError: The file is missing or damaged.
        """
        try:
            return cast(NDArray[np.int8], np.load(folder / "vectors.npy", mmap_mode="r"))
        except (OSError, ValueError, EOFError) as error:
            raise RetrievalError(
                f"The search index in {folder.parent} is damaged ({error}); delete that folder and import the "
                f"recipes again."
            ) from error

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """Vectors of rows [start, end) as float32."""
        out = [
            part[max(0, start - base) : end - base]
            for base, part in self._parts
            if base < end and base + len(part) > start
        ]
        if not out:
            return np.zeros((0, 0), np.float32)
        return np.concatenate(out).astype(np.float32) / np.float32(127)

    def nearest(self, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Exact nearest rows by cosine: (rows, similarities), best first."""
        if not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if self._dense is None:
            self._dense = self.rows(0, len(self))
        scores = self._dense @ query
        top = np.argpartition(-scores, k)[:k] if len(scores) > k else np.arange(len(scores))
        order = top[np.lexsort((top, -scores[top]))]
        return order.astype(np.int64), scores[order]


class ChromaVectors:
    """One Chroma collection, whose ids are row numbers.

    Args:
        folder: Its directory. The caller holds the lock.
        name: Name of the embeddings; another name means other vectors, so the collection starts again.

    Raises:
        RetrievalError: Chroma cannot open it.
    """

    def __init__(self, folder: Path, name: str) -> None:
        import chromadb
        from chromadb.config import Settings

        self._guard = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
            self.collection = self._open(name)
        except Exception as error:
            raise RetrievalError(
                f"The vector store {folder} cannot be opened ({error}); delete that folder: it is filled again from "
                f"the index."
            ) from error

    def _open(self, name: str) -> Any:
        # Few links and a shallow search: the reranker sees 100 rows, recall beyond 0.95 changes nothing.
        settings: Any = {"hnsw": {"space": "cosine", "max_neighbors": 12, "ef_construction": 60, "ef_search": 80}}
        make = self._client.get_or_create_collection
        collection = make("pieces", embedding_function=None, configuration=settings, metadata={"embeddings": name})
        if (collection.metadata or {}).get("embeddings") != name:
            self._client.delete_collection("pieces")
            collection = make("pieces", embedding_function=None, configuration=settings, metadata={"embeddings": name})
        return collection

    def fill(
        self, vectors: SegmentVectors, kinds: Callable[[int, int], list[dict[str, Any]]], progress: Progress
    ) -> None:
        """Add the rows that are not there yet. Rows have their own number as id, so adding one twice changes nothing.

        Args:
            vectors: All vectors.
            kinds: ``(start, end) -> metadata`` of rows.
            progress: Called as ``progress("vectors", done, total)``.

        Raises:
            RetrievalError: Chroma refuses, mostly because the disk is full.
        """
        total = len(vectors)
        start = min(self.collection.count() // CHROMA_BATCH * CHROMA_BATCH, total)
        while start < total:
            end = min(start + CHROMA_BATCH, total)
            try:
                with self._guard:
                    self.collection.upsert(
                        ids=[str(i) for i in range(start, end)],
                        embeddings=vectors.rows(start, end),
                        metadatas=kinds(start, end),
                    )
            except Exception as error:
                raise RetrievalError(
                    f"The vector store cannot be written ({error}); free some space and try again: it goes on where "
                    f"it stopped."
                ) from error
            progress("vectors", end, total)
            start = end

    def nearest(
        self, query: NDArray[np.float32], k: int, where: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Nearest rows by cosine: (rows, similarities), best first."""
        with self._guard:
            found = self.collection.query(
                query_embeddings=[query.tolist()], n_results=k, include=["distances"], where=where
            )
        rows = np.array([int(i) for i in found["ids"][0]], dtype=np.int64)
        return rows, 1 - np.array(found["distances"][0], dtype=np.float32)

    def close(self) -> None:
        """Let go of the files."""
        close = getattr(self._client, "close", None)
        if close is not None:
            close()
