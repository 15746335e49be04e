"""What trains the embeddings and the reranker, and what judges them."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

from tests.retrieval.conftest import DATA, RECIPES

torch = pytest.importorskip("torch", reason="training needs torch (the extra 'training')")


def test_contrastive_loss_is_the_plain_one() -> None:
    from training.embeddings import contrastive_loss

    torch.manual_seed(1)
    left, right = (torch.nn.functional.normalize(torch.randn(4, 8), dim=1) for _ in range(2))
    same = torch.zeros(4, 4, dtype=torch.bool)
    same[0, 1] = same[1, 0] = True
    scores = (left @ right.T / 0.05).tolist()
    plain = 0.0
    for i in range(4):
        row = [scores[i][j] for j in range(4) if not same[i, j]]
        column = [scores[j][i] for j in range(4) if not same[j, i]]
        plain += sum(math.log(sum(math.exp(s - scores[i][i]) for s in part)) for part in (row, column)) / 8
    assert contrastive_loss(left, right, same).item() == pytest.approx(plain, rel=1e-4)


def test_listwise_loss_is_the_plain_one() -> None:
    from training.rerank import listwise_loss

    scores = torch.tensor([1.0, 2.0, -1.0, 0.5, 0.0])
    share = torch.tensor([0.0, 1.0, 0.0, 0.5, 0.5])
    segment = torch.tensor([0, 0, 0, 1, 1])
    weight = torch.tensor([2.0, 1.0])
    first = -math.log(math.exp(2) / (math.exp(1) + math.exp(2) + math.exp(-1)))
    total = math.exp(0.5) + 1
    second = -0.5 * math.log(math.exp(0.5) / total) - 0.5 * math.log(1 / total)
    assert listwise_loss(scores, share, segment, weight).item() == pytest.approx((2 * first + second) / 2, rel=1e-5)


def test_the_networks_in_numpy_are_those_of_torch() -> None:
    from training.rerank import Table, fit

    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    query = np.repeat(np.arange(50), 4)
    y = np.zeros(200, np.float32)
    for q in range(50):  # the answer is the row whose first feature is greatest
        rows = np.flatnonzero(query == q)
        y[rows[x[rows, 0].argmax()]] = 1
    table = Table(x, y, query, np.ones(50, np.float32), np.ones(200, bool), ("a", "b", "c"))
    scores = fit(table, seed=1, models=2, hidden=8, epochs=40, rate=0.03).scores(x, ("a", "b", "c"))
    right = [y[rows][scores[rows].argmax()] == 1 for rows in (np.flatnonzero(query == q) for q in range(50))]
    assert np.mean(right) > 0.9


def test_made_questions_lead_to_their_step_or_line() -> None:
    from training.embedding_pairs import item_of, made_questions, recipe_pairs

    pairs = list(made_questions(RECIPES[3], random.Random(1)))
    shown = set(RECIPES[3].items)
    assert pairs
    assert all(right in shown for _, right in pairs)
    assert item_of("1 1/2 cups all-purpose flour, sifted") == "all-purpose flour"
    assert recipe_pairs(RECIPES[3], random.Random(1))


def test_spans_are_found_whatever_the_writing() -> None:
    from training.rerank_data import holds

    assert holds("Preheat oven to 400&deg;F.", "400 degrees Fahrenheit")
    assert holds("1 jalapeño pepper, seeded", "jalapeno pepper, seeded")
    assert not holds("Bake 20 minutes", "30 minutes")


def test_hits_are_counted() -> None:
    from retrieval.passage import Passage, Query
    from training.rerank_data import Question
    from training.retrieval_eval import Figures

    question = Question("q", Query("how long?"), RECIPES[3], frozenset(), span="35 minutes")
    figures = Figures((1, 3))
    passages = [Passage("a", "step", "Beat eggs."), Passage("b", "step", "Bake for 35 minutes.")]
    figures.add(question, passages, True, 0.01)
    figures.add(question, [Passage("c", "recipe", "Bake for 35 minutes.")], True, 0.01)
    row = figures.row()
    assert (row["hit@1"], row["hit@3"]) == (0, 0.5)


def test_questions_to_the_knowledge_are_judged() -> None:
    from retrieval.cookbook import load_knowledge, load_recipes
    from retrieval.overlap import words
    from training.retrieval_eval import bm25_of_all, judge_knowledge

    entries = load_knowledge()
    lines = (Path(__file__).parent.parent / "data" / "knowledge_questions.jsonl").read_text(encoding="utf-8")
    questions = [json.loads(line) for line in lines.splitlines()]
    assert len(questions) == 150
    assert all(q["entries"] and set(q["entries"]) <= {entry.id for entry in entries} for q in questions)
    own = {" ".join(words(question)) for entry in entries for question in entry.questions}
    assert not own & {" ".join(words(q["query"])) for q in questions}  # a question asked word for word tells nothing
    bm25 = bm25_of_all(load_recipes(), entries)
    found = judge_knowledge(questions, {"BM25": bm25, "second": lambda query, k: bm25(query, k)[1:]})
    assert found["BM25"]["hit@1"] > 0.7
    assert found["BM25"]["hit@3"] > 0.9
    assert found["second"]["hit@1"] < 0.4


@pytest.mark.skipif(not DATA.exists(), reason="needs the public data sets in ../shared/data")
def test_wote_is_read_with_its_answers() -> None:
    from training.rerank_data import wote

    questions = wote(Path(DATA) / "wote_extractive_qa.jsonl")
    assert len(questions) == 170
    first = questions[0]
    assert first.answers == {f"{first.recipe.url}#step-7"}
    assert first.query.history[-1].startswith("teacher: To prevent")
