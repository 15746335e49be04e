from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
import pytest

from retrieval.bm25 import K1, B, Bm25, Segment, bm25_scores, build_segment, merge_segments, query_terms
from retrieval.errors import RetrievalError
from retrieval.text import content_words, term_id

TEXTS = [
    "Toast the pine nuts in a dry skillet",
    "Pulse the nuts and garlic, garlic and salt",
    "Boil pasta in salted water",
    "Add water, then more water",
    "Serve with lemon",
]


def ids(text: str) -> list[int]:
    return [term_id(w) for w in content_words(text)]


def searched(index: Bm25, text: str) -> dict[int, float]:
    rows, scores = index.search(query_terms(text), 10)
    return dict(zip(rows.tolist(), scores.tolist(), strict=True))


def reference(texts: Sequence[str], query: str) -> np.ndarray:
    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    model.index([content_words(t) for t in texts], show_progress=False)
    return model.get_scores(content_words(query))


def test_scores_are_those_of_bm25s() -> None:
    index = Bm25([build_segment(ids(t) for t in TEXTS)])
    for query in ("garlic nuts", "water", "skillet pasta lemon"):
        expected = reference(TEXTS, query) * (K1 + 1)  # Lucene's form leaves the constant factor out
        found = searched(index, query)
        assert [found.get(i, 0.0) for i in range(len(TEXTS))] == pytest.approx(expected.tolist(), rel=1e-4)
        few = bm25_scores(content_words(query), [content_words(t) for t in TEXTS])
        assert few.tolist() == pytest.approx(expected.tolist(), rel=1e-4)


def test_segments_score_like_one(tmp_path: Path) -> None:
    whole = Bm25([build_segment(ids(t) for t in TEXTS)])
    parts = [build_segment((ids(t) for t in TEXTS[:2]), 0), build_segment((ids(t) for t in TEXTS[2:]), 2)]
    for number, part in enumerate(parts):
        part.save(tmp_path / str(number))
    mapped = Bm25([Segment.load(tmp_path / "0", 0), Segment.load(tmp_path / "1", 2)])
    merged = Bm25([merge_segments(parts)])
    for query in ("garlic nuts", "water", "salt lemon"):
        assert searched(mapped, query) == pytest.approx(searched(whole, query))
        assert searched(merged, query) == pytest.approx(searched(whole, query))


def test_common_words_are_left_out_when_the_budget_is_used_up() -> None:
    index = Bm25([build_segment(ids(t) for t in ["water"] * 50 + ["water saffron"])])
    rows, _ = index.search(query_terms("water saffron"), 5, max_postings=10)
    assert rows.tolist() == [50]


def test_nothing_found() -> None:
    assert len(Bm25().search(query_terms("soup"), 5)[0]) == 0
    assert searched(Bm25([build_segment([ids("salt")])]), "pepper") == {}


def test_a_damaged_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    build_segment([ids("salt")]).save(tmp_path / "s")
    (tmp_path / "s" / "rows.npy").write_bytes(b"")
    with pytest.raises(RetrievalError, match=r"damaged .* import the recipes again"):
        Segment.load(tmp_path / "s", 0)
