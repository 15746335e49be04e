"""The index of recipes and knowledge: parents in SQLite, pieces in BM25 segments and vectors, Chroma for many.

    with Index.open(folder) as index:
        index.add(recipes, knowledge, progress=lambda stage, done, total: ...)
        index.search_recipes("something with chickpeas", 5, max_total_s=1800, without=["nuts"])

Reading is safe for any number of processes: segments never change and SQLite is in WAL mode. Writing, and Chroma,
belong to one process at a time, which holds ``index.lock``. Importing the same again changes nothing; a killed import
goes on with the batch it was at. With a Chroma server instead of Chroma on disk any number of processes, on any number
of machines, share its vectors (see :mod:`retrieval.chroma_server`).
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from retrieval import choosing
from retrieval.bm25 import Bm25, Segment, merge_segments, segment_of
from retrieval.chroma_server import ChromaServer
from retrieval.embeddings import Encoder, open_embeddings
from retrieval.errors import RetrievalError
from retrieval.preparing import Preparing, prepare
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.store import Parent, ParentRow, Store
from retrieval.vectors import EXACT_LIMIT, ChromaVectors, Progress, SegmentVectors, VectorBlock

BATCH = 2_000  # parents per batch: about 25,000 pieces, 100 MB at most
SMALL_SEGMENT = 30_000  # smaller neighbours are merged, so that many small imports do not make many segments


def _silent(stage: str, done: int, total: int) -> None:
    """No progress wanted."""


class Index:
    """An index in a folder of its own; made if it is not there.

    Args:
        folder: Where it is.
        embeddings: "bundled" or a LangChain class (see :func:`retrieval.embeddings.open_embeddings`).
        chroma_url: Address of a Chroma server; "" for Chroma on disk.

    Attributes:
        preparing: Cuts and embeds the parents of a batch: :func:`retrieval.preparing.prepare`, or one that has several
            processes do it.
        revision: Rises whenever what was read of it before need not hold any more.

    Raises:
        RetrievalError: The folder cannot be used.
    """

    def __init__(self, folder: Path, embeddings: str = "bundled", chroma_url: str = "") -> None:
        self.folder = Path(folder)
        self.revision = 0
        self.preparing: Preparing = prepare
        self._encoder: Encoder | None = None
        self._embeddings = embeddings
        self._lock = threading.RLock()
        self._owner = FileLock(self.folder / "index.lock")
        self._chroma: ChromaVectors | None = None
        self._server = ChromaServer(chroma_url, self) if chroma_url else None
        self.store = Store(self.folder / "recipes.sqlite")
        self._refresh()

    @classmethod
    def open(cls, folder: Path, embeddings: str = "bundled") -> "Index":
        """The index in a folder, which may be empty."""
        return cls(folder, embeddings)

    @classmethod
    def build(
        cls,
        folder: Path,
        recipes: Iterable[Recipe],
        knowledge: Iterable[KnowledgeEntry] = (),
        embeddings: str = "bundled",
        progress: Progress = _silent,
    ) -> "Index":
        """Open, then add."""
        index = cls(folder, embeddings)
        index.add(recipes, knowledge, progress)
        return index

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files and the lock."""
        with self._lock:
            if self._chroma is not None:
                self._chroma.close()
                self._chroma = None
            if self._server is not None:
                self._server.close()
            self._owner.release(force=True)
            self.store.close()

    # Reading

    def recipe(self, url: str) -> Recipe | None:
        """The recipe with a url, or None."""
        found = self.store.by_id(url)
        return found if isinstance(found, Recipe) else None

    def recipes(self) -> Iterator[Recipe]:
        """All recipes, in the order of their import."""
        for parent in self.store.all("recipe"):
            if isinstance(parent, Recipe):
                yield parent

    def knowledge(self) -> Iterator[KnowledgeEntry]:
        """All knowledge entries."""
        for parent in self.store.all("knowledge"):
            if isinstance(parent, KnowledgeEntry):
                yield parent

    def __len__(self) -> int:
        """Number of recipes."""
        return self.store.count("recipe")

    @property
    def encoder(self) -> Encoder:
        """The embeddings, loaded when first needed.

        Raises:
            RetrievalError: The index was made with other embeddings.
        """
        with self._lock:
            if self._encoder is None:
                self._encoder = open_embeddings(self._embeddings)
                made_with = self.store.fact("embeddings", self._encoder.name)
                if made_with != self._encoder.name:
                    self._encoder = None
                    raise RetrievalError(
                        f"The index in {self.folder} was made with other embeddings ({made_with}); "
                        "delete that folder and import the recipes again."
                    )
            return self._encoder

    def search_recipes(
        self,
        text: str,
        k: int = 5,
        max_total_s: int | None = None,
        diet: Iterable[str] = (),
        without: Iterable[str] = (),
        with_: Iterable[str] = (),
    ) -> list[tuple[Recipe, float]]:
        """Recipes for a wish, best first, each with a score in [0, 1].

        Args:
            text: What is wanted ("something with chickpeas, under 30 minutes, no nuts"); limits said in it are
                understood, unless all of it is a title.
            k: How many.
            max_total_s: Longest total time, in seconds; recipes that do not say how long they take are then left out.
            diet: Words that the recipe's diet must hold ("vegan").
            without: Foods, or allergens, that must not be in it.
            with_: Foods that must be in it.
        """
        limits = (max_total_s, tuple(diet), tuple(without), tuple(with_))
        titled = choosing.titled(self, text, choosing.Wish("").limited(*limits))
        found = choosing.search(self, choosing.parse_wish(text).limited(*limits), k)
        return [*((recipe, 1.0) for recipe in titled), *(pair for pair in found if pair[0] not in titled)][:k]

    # The rows of the pieces

    def _refresh(self) -> None:
        self.revision += 1
        layout = self.store.layout()
        self._layout: list[ParentRow] = layout
        self._first = np.array([p.first for p in layout], dtype=np.int64)
        self._dead = np.array([p.dead for p in layout], dtype=bool)
        self._recipe = np.array([p.is_recipe for p in layout], dtype=bool)
        segments = [(Segment.load(self._segments / name, base), name) for name, base, _ in self.store.segments()]
        self.bm25 = Bm25([segment for segment, _ in segments])
        self.vectors = SegmentVectors([(s.base, VectorBlock.load(self._segments / name)) for s, name in segments])

    @property
    def _segments(self) -> Path:
        return self.folder / "segments"

    def parents_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Positions in the layout of the parents of rows, and whether each is alive."""
        at = np.searchsorted(self._first, rows, side="right") - 1
        return at, ~self._dead[at] if len(at) else np.zeros(0, bool)

    def parent_at(self, position: int) -> Parent | None:
        """The parent at a position of the layout."""
        return self.store.by_number(self._layout[position].number)

    def first_row(self, position: int) -> int:
        """Row of the first piece of the parent at a position."""
        return int(self._first[position])

    def is_recipe(self, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the parents are recipes."""
        return self._recipe[positions]

    def nearest(self, query: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Nearest rows by cosine; exact where there are few pieces or Chroma is not open, from Chroma otherwise.

        A large index whose Chroma is not open (another process has it, or it is not there yet) gives none: BM25
        stands in. So it does, or the exact search, while a Chroma server is away.
        """
        if self._server is not None and (found := self._server.nearest(query, k)) is not None:
            return found
        chroma = self._chroma
        if chroma is not None:
            return chroma.nearest(query, k)
        if len(self.vectors) <= EXACT_LIMIT:
            return self.vectors.nearest(query, k)
        return np.zeros(0, np.int64), np.zeros(0, np.float32)

    # Writing

    def own(self) -> None:
        """Become the one process that may write and open Chroma.

        Raises:
            RetrievalError: Another process is.
        """
        try:
            self._owner.acquire(timeout=0)
        except Timeout:
            raise RetrievalError(
                f"Another souschef process is using the recipe index in {self.folder}; stop it, or wait until it is "
                f"done."
            ) from None
        except OSError as error:
            raise RetrievalError(
                f"The recipe index in {self.folder} cannot be written ({error}); check the folder's rights."
            ) from error

    @property
    def has_chroma(self) -> bool:
        """Whether Chroma is open."""
        return self._chroma is not None or self.server_up is True

    @property
    def server_up(self) -> bool | None:
        """Whether the Chroma server is used; None where there is none."""
        return self._server.up if self._server is not None else None

    def open_chroma(self, progress: Progress = _silent) -> ChromaVectors:
        """Open Chroma and bring it up to date; takes seconds the first time.

        Raises:
            RetrievalError: Another process owns the folder, the disk is full, or the server is away.
        """
        if self._server is not None:
            return self._server.open(progress)
        with self._lock:
            if self._chroma is None:
                self.own()
                chroma = ChromaVectors.on_disk(self.folder / "chroma", self.encoder.name)
            else:
                chroma = self._chroma
            self._fill(chroma, progress)
            self._chroma = chroma
            return chroma

    def _fill(self, chroma: ChromaVectors, progress: Progress) -> None:
        done = int(self.store.fact("chroma", "0"))
        chroma.fill(self.vectors, done, lambda row: self.store.set_fact("chroma", str(row)), progress)

    def add(
        self, recipes: Iterable[Recipe], knowledge: Iterable[KnowledgeEntry] = (), progress: Progress = _silent
    ) -> tuple[int, int]:
        """Add recipes and knowledge, or replace those with the same id.

        Memory stays bounded: the iterables are read in batches.

        Args:
            recipes: Any iterable, also a generator.
            knowledge: Knowledge entries.
            progress: Called as ``progress("recipes", done, 0)`` after each batch and ``progress("vectors", done,
                total)``.

        Returns:
            (added or replaced, already there).

        Raises:
            RetrievalError: Another process writes, the disk is full, or the embeddings differ.
        """
        with self._lock:
            owned = self._owner.is_locked
            self.own()
            try:
                return self._add(iter((*knowledge,)), iter(recipes), progress)
            finally:
                if not owned:  # the owner of Chroma stays the owner
                    self._owner.release()

    def _add(self, knowledge: Iterator[Parent], recipes: Iterator[Parent], progress: Progress) -> tuple[int, int]:
        self._refresh()
        self._sweep()
        if not self.store.fact("embeddings"):
            self.store.set_fact("embeddings", self.encoder.name)
        added = seen = 0
        for source in (knowledge, recipes):
            while batch := list(islice(source, BATCH)):
                by_id = {getattr(p, "url", getattr(p, "id", "")): p for p in batch}  # of doubles the later one
                changed = list(self.store.changed(by_id.values()))
                if changed:
                    self._add_batch(changed)
                added += len(changed)
                seen += len(batch)
                progress("recipes", seen, 0)
        if added:
            self._refresh()
            self._sweep()
        if self._chroma is not None:
            self._fill(self._chroma, progress)
        if self._server is not None and self._server.up:
            with contextlib.suppress(RetrievalError):  # logged; filling goes on where it stopped
                self._server.open(progress)
        return added, seen - added

    def _add_batch(self, batch: list[tuple[Parent, str, str]]) -> None:
        prepared = self.preparing([parent for parent, _, _ in batch], self.encoder)
        base = sum(rows for _, _, rows in self.store.segments())
        segment, block = (
            segment_of(prepared.terms, prepared.lengths, base),
            VectorBlock(prepared.rows, prepared.vectors),
        )
        replaces: list[str] = []
        for name, first, size in reversed(self.store.segments()):
            if size + len(segment) > SMALL_SEGMENT:
                break
            folder = self._segments / name
            segment = merge_segments([Segment.load(folder, first), segment])
            block = VectorBlock.load(folder).followed_by(block, size)
            replaces.append(name)
        name = f"{segment.base:09d}-{len(segment)}"
        folder = self._segments / name
        try:
            segment.save(folder)
            block.save(folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RetrievalError(
                f"The recipe index in {self.folder} cannot be written ({error}); free some space and import again: "
                f"it goes on where it stopped."
            ) from error
        self.store.commit_batch(batch, prepared.counts, (name, segment.base, len(segment)), replaces)

    def _sweep(self) -> None:
        """Remove the files of batches that never counted, or that a merge took in."""
        known = {name for name, _, _ in self.store.segments()}
        if self._segments.exists():
            for entry in os.scandir(self._segments):
                if entry.name not in known:
                    shutil.rmtree(entry.path, ignore_errors=True)
