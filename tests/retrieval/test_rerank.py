from pathlib import Path

import numpy as np
import pytest

from retrieval.asking import OFFERS, QUESTION_TYPES, offers, question_types, read_query
from retrieval.errors import RetrievalError
from retrieval.features import Weigher, features, prepare
from retrieval.index import Index
from retrieval.passage import Query
from retrieval.rerank import Reranker
from tests.retrieval.conftest import RECIPES


def types(text: str) -> set[str]:
    return {t for t, held in zip(QUESTION_TYPES, question_types(text), strict=True) if held}


def column(index: Index, query: Query, name: str) -> dict[str, float]:
    parent = prepare(RECIPES[3], Weigher(index.encoder))
    table, names = features(read_query(query), parent, Weigher(index.encoder), True)
    return dict(zip((p.id.partition("#")[2] for p in parent.pieces), table[:, names.index(name)].tolist(), strict=True))


def test_question_types() -> None:
    assert {"time", "how_long"} <= types("How long should I bake it?")
    assert {"how_hot", "temperature"} <= types("what temperature should the oven be")
    assert "how_much" in types("How many eggs?")
    assert "how_much" not in types("how many minutes?")
    assert "next" in types("ok, what's next?")
    assert "substitute" in types("what can I use instead of butter?")


def test_offers() -> None:
    held = {o for o, has in zip(OFFERS, offers("Bake at 350°F until golden, 20 minutes."), strict=True) if has}
    assert {"time", "degrees", "until", "amount"} <= held


def test_history_is_read_with_and_without_roles() -> None:
    ask = read_query(Query("how long?", ("student: ready!", "teacher: Bake it.", "cook: hm", "wizard: None")))
    assert [turn.wizard for turn in ask.history] == [False, True, False, True]
    assert ask.history[-1].text == ""
    bare = read_query(Query("how long?", ("Is it hot?", "Bake it until golden.")))
    assert [turn.wizard for turn in bare.history] == [False, True]


def test_the_step_at_hand_is_given_or_read_from_the_history(shared_index: Index) -> None:
    given = column(shared_index, Query("how long?", step=4), "at_+0")
    assert [k for k, v in given.items() if v] == ["step-4"]
    read = column(shared_index, Query("and then?", ("wizard: Now fold in the flour.",)), "at_+1")
    assert [k for k, v in read.items() if v] == ["step-4"]
    shared = column(
        shared_index,
        Query("and?", ("cook: I have beaten the eggs and sugar until pale", "wizard: I've shared the next step.")),
        "at_+0",
    )
    assert [k for k, v in shared.items() if v] == ["step-3"]


def test_features_of_a_plain_question(shared_index: Index) -> None:
    holds = column(shared_index, Query("How long do I bake it?"), "strict_how_long_time")
    assert holds["step-4"] == 1
    assert holds["step-3"] == 0
    overlap = column(shared_index, Query("how many eggs?"), "bm25")
    assert max(overlap, key=overlap.__getitem__) in ("ingredient-3", "step-2")


def test_the_bundled_reranker_knows_the_features(shared_index: Index, tmp_path: Path) -> None:
    reranker = Reranker.load()
    parent = prepare(RECIPES[0], Weigher(shared_index.encoder))
    table, names = features(
        read_query(Query("how long do I toast the nuts?")), parent, Weigher(shared_index.encoder), True
    )
    scores = reranker.scores(table, names)
    assert scores.shape == (len(parent.pieces),)
    reranker.save(tmp_path / "r.npz")
    assert np.abs(Reranker.load(tmp_path / "r.npz").scores(table, names) - scores).max() < 0.05
    with pytest.raises(RetrievalError, match="train it again"):
        reranker.scores(table[:, 1:], names[1:])
    (tmp_path / "r.npz").write_bytes(b"")
    with pytest.raises(RetrievalError, match="cannot be read"):
        Reranker.load(tmp_path / "r.npz")
