import io
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from retrieval.embeddings import WEIGHTS, Encoder, StaticEmbeddings, open_embeddings, trigrams
from retrieval.errors import RetrievalError


@pytest.fixture(scope="module")
def bundled() -> StaticEmbeddings:
    return StaticEmbeddings.load()


class Tiny(Embeddings):
    """A stand-in for any other LangChain class."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(len(t)), 3.0] for t in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_bundled_are_small_langchain_embeddings(bundled: StaticEmbeddings) -> None:
    assert isinstance(bundled, Embeddings)
    assert WEIGHTS.stat().st_size < 4_000_000
    rows = bundled.encode(["boil the pasta", "", "Crème brûlée"])
    assert rows.shape == (3, bundled.dimensions)
    assert np.linalg.norm(rows, axis=1).tolist() == pytest.approx([1, 0, 1], abs=1e-5)
    assert bundled.embed_query("boil the pasta") == pytest.approx(rows[0].tolist())


def test_what_belongs_together_is_near(bundled: StaticEmbeddings) -> None:
    steps = [
        "Bake for 30 minutes until golden.",
        "Chop the onions finely.",
        "Whisk eggs and sugar until pale.",
        "Boil pasta in salted water.",
    ]
    asked = [
        "how long do I bake it in the oven",
        "do the onions need to be diced",
        "how do I beat the eggs",
        "how do i cook the spaghetti",
    ]
    near = bundled.encode(asked) @ bundled.encode(steps).T
    assert near.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_unknown_words_are_spelled(bundled: StaticEmbeddings) -> None:
    near = bundled.encode(["zwetschgenknoedel"]) @ bundled.encode(["zwetschgenknoedeln"]).T
    assert near[0, 0] > 0.8
    assert all(0 <= b < 7 for b in trigrams("onion", 7))


def test_saving_keeps_the_vectors(bundled: StaticEmbeddings, tmp_path: Path) -> None:
    bundled.save(tmp_path / "e.npz")
    again = StaticEmbeddings.load(tmp_path / "e.npz")
    texts = ["fold in the flour", "xyzzy"]
    assert np.abs(again.encode(texts) - bundled.encode(texts)).max() < 0.01
    assert again.idf("xyzzy") >= again.idf("salt")


def test_any_langchain_class_by_setting() -> None:
    encoder = open_embeddings(f"{__name__}:Tiny")
    assert isinstance(encoder, Encoder)
    assert np.linalg.norm(encoder.encode(["abcd"]), axis=1) == pytest.approx([1])


@pytest.mark.parametrize("setting", ["no.such.module:Thing", "retrieval.text:Nothing", "nonsense"])
def test_a_wrong_setting_is_told(setting: str) -> None:
    with pytest.raises(RetrievalError, match=r"retrieval\.embeddings"):
        open_embeddings(setting)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "e.npz").write_bytes(io.BytesIO(b"no zip").getvalue())
    with pytest.raises(RetrievalError, match="cannot be read"):
        StaticEmbeddings.load(tmp_path / "e.npz")
