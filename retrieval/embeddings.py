"""Sentence embeddings without a model hub: one small vector per word, averaged.

``StaticEmbeddings`` is a LangChain ``Embeddings`` that needs numpy alone: the vectors of a text's words (and, for
words it has not seen, of their letter trigrams) are summed and normalised. The weight of a word is the length of its
vector, so "the" hardly counts. ``training/embeddings.py`` trains the table contrastively; the idea is that of
Model2Vec and of sentence-transformers' static models, the data and the training are our own.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from retrieval.errors import RetrievalError
from retrieval.text import term_id, words

WEIGHTS = Path(__file__).parent / "weights" / "embeddings.npz"
Floats = NDArray[np.float32]


def trigrams(word: str, buckets: int) -> list[int]:
    """Bucket numbers of a word's letter trigrams, for words outside the vocabulary."""
    padded = f"<{word}>"
    return [term_id(padded[i : i + 3]) % buckets for i in range(max(1, len(padded) - 2))]


class StaticEmbeddings(Embeddings):
    """Bag-of-words sentence embeddings.

    Args:
        vocabulary: Stemmed words, one per row of the first part of ``table``.
        table: (len(vocabulary) + buckets, dimensions) float32; the last rows are for trigrams.
        buckets: Number of trigram rows.
        idf: How rare each word of the vocabulary is (natural logarithm); 1 for all if not known.
    """

    def __init__(self, vocabulary: Sequence[str], table: Floats, buckets: int, idf: Sequence[float] = ()) -> None:
        if len(vocabulary) + buckets != len(table):
            raise RetrievalError(
                "The embedding file is damaged; reinstall souschef or restore retrieval/weights/embeddings.npz."
            )
        self._rows = {word: (i,) for i, word in enumerate(vocabulary)}
        self._table, self._buckets = table, buckets
        self._idf = dict(zip(vocabulary, map(float, idf), strict=False))
        self._rare = max(self._idf.values(), default=1.0)
        self._known: dict[str, tuple[int, ...]] = dict(self._rows)
        self._unit: Floats | None = None

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "StaticEmbeddings":
        """Read the table: int8 rows with one float16 scale each.

        Raises:
            RetrievalError: The file is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                table = data["table"].astype(np.float32) * data["scale"].astype(np.float32)[:, None]
                vocabulary = bytes(data["vocabulary"]).decode().split("\n")
                return cls(vocabulary, table, int(data["buckets"]), data["idf"].astype(np.float32).tolist())
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise RetrievalError(
                f"The embedding file {path.name} cannot be read ({error}); restore or retrain it."
            ) from error

    def save(self, path: Path) -> None:
        """Write the table as int8 with one scale per row."""
        scale = np.maximum(np.abs(self._table).max(axis=1), 1e-8) / 127
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            table=np.round(self._table / scale[:, None]).astype(np.int8),
            scale=scale.astype(np.float16),
            vocabulary=np.frombuffer("\n".join(self._rows).encode(), dtype=np.uint8),
            buckets=np.int32(self._buckets),
            idf=np.array([self.idf(word) for word in self._rows], dtype=np.float16),
        )

    @property
    def dimensions(self) -> int:
        return int(self._table.shape[1])

    @property
    def name(self) -> str:
        """Changes when the vectors change, so that an index notices."""
        return (
            f"static-{self._table.shape[0]}x{self.dimensions}-{term_id(self._table[:64].round(3).tobytes().hex()):08x}"
        )

    def idf(self, word: str) -> float:
        """How rare a stem is in recipes; unknown ones count as the rarest."""
        return self._idf.get(word, self._rare)

    def _row_ids(self, word: str) -> tuple[int, ...]:
        ids = self._known.get(word)
        if ids is None:
            ids = tuple(len(self._rows) + b for b in trigrams(word, self._buckets))
            if len(self._known) < 200_000:
                self._known[word] = ids
        return ids

    def encode(self, texts: Sequence[str]) -> Floats:
        """Embed texts.

        Args:
            texts: Any strings.

        Returns:
            (len(texts), dimensions) float32, rows of length 1 (or 0 for a text without words).
        """
        return self.encode_words([words(text) for text in texts])

    def encode_words(self, texts: Sequence[Sequence[str]]) -> Floats:
        """:meth:`encode` for texts that were cut into stems already."""
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        known = self._known
        for i, stems in enumerate(texts):
            ids: list[int] = []
            for word in stems:
                ids += known.get(word) or self._row_ids(word)
            if ids:
                np.add.reduce(self._table[ids], axis=0, out=out[i])
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
        return out

    def word_vectors(self, stems: Sequence[str]) -> Floats:
        """(len(stems), dimensions) float32 unit vectors of single words."""
        if self._unit is None:
            self._unit = self._table / np.maximum(np.linalg.norm(self._table, axis=1, keepdims=True), 1e-9)
        rows = [self._row_ids(w) for w in stems]
        out = self._unit[[ids[0] for ids in rows]] if rows else self._unit[:0]
        for i, ids in enumerate(rows):
            if len(ids) > 1:
                spelled = self._table[list(ids)].sum(axis=0)
                out[i] = spelled / max(float(np.linalg.norm(spelled)), 1e-9)
        return out

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's interface."""
        rows: list[list[float]] = self.encode(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """LangChain's interface."""
        return self.embed_documents([text])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's asynchronous interface; fast enough to run in place."""
        return self.embed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        """LangChain's asynchronous interface."""
        return self.embed_query(text)


class Encoder:
    """One face for the bundled embeddings and for any LangChain ``Embeddings``: texts in, unit float32 rows out."""

    def __init__(self, embeddings: Any, name: str) -> None:
        self.embeddings, self.name = embeddings, name

    def encode(self, texts: Sequence[str], stems: Sequence[Sequence[str]] | None = None) -> Floats:
        """(len(texts), dimensions) float32, rows of length 1; ``stems`` saves cutting the texts into words again."""
        if isinstance(self.embeddings, StaticEmbeddings):
            return self.embeddings.encode_words(stems) if stems is not None else self.embeddings.encode(texts)
        rows = np.asarray(self.embeddings.embed_documents(list(texts)), dtype=np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def open_embeddings(setting: str = "bundled") -> Encoder:
    """The embeddings that a setting names.

    Args:
        setting: "bundled", or a LangChain Embeddings class (or a function that makes one) as "package.module:Class".

    Raises:
        RetrievalError: It cannot be imported or made.
    """
    if setting == "bundled":
        bundled = StaticEmbeddings.load()
        return Encoder(bundled, bundled.name)
    return Encoder(load_dotted(setting, "retrieval.embeddings")(), setting)


def load_dotted(setting: str, name: str) -> Any:
    """Import "package.module:Attribute" (a last dot does as well as the colon).

    Raises:
        RetrievalError: One sentence naming the setting to change.
    """
    module, _, attribute = setting.replace(":", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise RetrievalError(
            f'The setting {name} = "{setting}" cannot be imported ({error}); install its package or set it to '
            f'"bundled".'
        ) from error
