"""Judge retrieval on WoTe's cooking questions, or on questions to the knowledge entries.

    python -m training.retrieval_eval --data DATA --json figures.json
    python -m training.retrieval_eval --knowledge tests/data/knowledge_questions.jsonl

Within the recipe: is a passage that holds the labelled answer span first, or among the first three? Over all recipes:
the question is asked with the recipe's title, without saying which recipe it is; first, or among the first five?
Whole recipes never count as passages. Counted over the questions whose span stands in some passage at all (about 140
of 170: the rest are spans over several steps, or "you are done"), and over all of them. ``--folds`` takes
the networks of ``training.rerank --fold-weights`` and judges each question with one whose training left its recipe out:
use these figures, for the bundled network has seen the questions.

``--knowledge`` takes lines ``{"query", "entries": [ids that answer it]}`` and asks them of the bundled cookbook,
recipes and entries together, with no recipe at hand: is an entry that answers first, or among the first three?
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.bm25 import Bm25, bm25_scores, build_segment, query_terms
from retrieval.embeddings import Encoder
from retrieval.index import Index
from retrieval.passage import Passage, Query
from retrieval.pieces import Piece
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.retrievers import Retriever, open_retriever
from retrieval.store import parent_id, pieces_of
from retrieval.text import content_words, term_id
from training.rerank_data import Question, holds, wote

Search = Callable[[Query, int], list[Passage]]


@dataclass(slots=True)
class Figures:
    """Hits at ranks, over the questions that can be answered by one passage."""

    ranks: tuple[int, ...]
    asked: int = 0
    located: int = 0
    hits: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def add(self, question: Question, passages: Sequence[Passage], possible: bool, seconds: float) -> None:
        """Count one question."""
        self.asked += 1
        self.located += possible
        self.seconds.append(seconds)
        held = [p.kind != "recipe" and holds(p.text, question.span) for p in passages]
        for rank in self.ranks:
            self.hits[rank] = self.hits.get(rank, 0) + any(held[:rank])

    def row(self) -> dict[str, float]:
        """The figures, rounded."""
        found = {f"hit@{r}": round(self.hits.get(r, 0) / max(1, self.located), 3) for r in self.ranks}
        of_all = {f"hit@{r} of all": round(self.hits.get(r, 0) / max(1, self.asked), 3) for r in self.ranks}
        return {**found, **of_all, "questions": self.asked, "located": self.located,
                "p50_ms": round(1000 * float(np.median(self.seconds)), 1)}  # fmt: skip


def rank_pieces(pieces: Sequence[Piece], scores: Sequence[float], k: int) -> list[Passage]:
    """The best pieces of one recipe by some scores."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:k]
    return [pieces[i].passage("", "", float(scores[i])) for i in order]


def baselines(recipes: Sequence[Recipe], encoder: Encoder) -> dict[str, Search]:
    """BM25 alone and embeddings alone: within the recipe at hand, or over all pieces with their recipe's title."""
    pieces = {r.url: [p for p in pieces_of(r) if p.kind != "recipe"] for r in recipes}
    every = [(p, f"{r.title}: {p.search}") for r in recipes for p in pieces[r.url]]
    index = Bm25([build_segment([term_id(w) for w in content_words(text)] for _, text in every)])
    vectors = encoder.encode([text for _, text in every])

    def bm25(query: Query, k: int) -> list[Passage]:
        if query.recipe:
            words = [content_words(p.search) for p in pieces[query.recipe]]
            return rank_pieces(pieces[query.recipe], bm25_scores(content_words(query.text), words).tolist(), k)
        rows, _ = index.search(query_terms(query.text), k)
        return [every[row][0].passage("", "") for row in rows]

    def nearest(query: Query, k: int) -> list[Passage]:
        asked = encoder.encode([query.text])[0]
        if query.recipe:
            rows = encoder.encode([p.search for p in pieces[query.recipe]])
            return rank_pieces(pieces[query.recipe], (rows @ asked).tolist(), k)
        return [every[row][0].passage("", "") for row in np.argsort(-(vectors @ asked), kind="stable")[:k]]

    return {"BM25 alone": bm25, "embeddings alone": nearest}


def bm25_of_all(recipes: Sequence[Recipe], entries: Sequence[KnowledgeEntry]) -> Search:
    """BM25 alone over the pieces of recipes and entries, each with its parent's title; a parent is found once."""
    parents: tuple[Recipe | KnowledgeEntry, ...] = (*recipes, *entries)
    every = [(parent, piece) for parent in parents for piece in pieces_of(parent) if piece.kind != "recipe"]
    texts = (f"{parent.title}: {piece.search}" for parent, piece in every)
    index = Bm25([build_segment([term_id(word) for word in content_words(text)] for text in texts)])

    def search(query: Query, k: int) -> list[Passage]:
        rows, _ = index.search(query_terms(query.text), 10 * k)
        found: dict[str, Passage] = {}
        for parent, piece in (every[row] for row in rows):
            found.setdefault(parent_id(parent), piece.passage(parent_id(parent), parent.title))
        return list(found.values())[:k]

    return search


def judge_knowledge(questions: Sequence[dict[str, Any]], searches: dict[str, Search]) -> dict[str, dict[str, float]]:
    """Share of questions that an entry answers which is found first, or among the first three, per search."""
    result = {}
    for name, search in searches.items():
        hits, seconds, missed = {1: 0, 3: 0}, [], []
        for question in questions:
            start = time.perf_counter()
            found = search(Query(question["query"]), 3)
            seconds.append(time.perf_counter() - start)
            right = [passage.parent.removeprefix("knowledge:") in question["entries"] for passage in found]
            for rank in hits:
                hits[rank] += any(right[:rank])
            if not any(right):
                missed.append(question["query"])
        row = {f"hit@{rank}": round(count / len(questions), 3) for rank, count in hits.items()}
        result[name] = {**row, "p50_ms": round(1000 * float(np.median(seconds)), 1)}
        print(f"{name}: {result[name]}", *(f"  not among three: {query}" for query in missed), sep="\n")
    return result


def judge(questions: Sequence[Question], searches: dict[str, Search]) -> dict[str, dict[str, dict[str, float]]]:
    """Figures per search, within the recipe and over all."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for name, search in searches.items():
        within, over = Figures((1, 3)), Figures((1, 5))
        for question in questions:
            possible = any(p.kind != "recipe" and holds(p.text, question.span) for p in pieces_of(question.recipe))
            titled = replace(question.query, text=f"{question.recipe.title}: {question.query.text}", recipe=None)
            for figures, query, k in ((within, question.query, 3), (over, titled, 5)):
                start = time.perf_counter()
                found = search(query, k)
                figures.add(question, found, possible, time.perf_counter() - start)
        result[name] = {"within": within.row(), "over all": over.row()}
    return result


def table(result: dict[str, dict[str, dict[str, float]]]) -> str:
    """A Markdown table."""
    lines = [
        "| search | within hit@1 | hit@3 | over all hit@1 | hit@5 | ms (p50, within) |",
        "|---|---|---|---|---|---|",
    ]
    for name, both in result.items():
        within, over = both["within"], both["over all"]
        cells = (within["hit@1"], within["hit@3"], over["hit@1"], over["hit@5"], within["p50_ms"])
        lines.append(f"| {name} | " + " | ".join(str(c) for c in cells) + " |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--knowledge", type=Path, metavar="QUESTIONS.jsonl", help="ask these of the cookbook instead")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument(
        "--folds", type=Path, help="folder of training.rerank --fold-weights: honest figures for recipes not seen"
    )
    args = parser.parse_args(argv)
    if (args.data is None) == (args.knowledge is None):
        parser.error("give either --data or --knowledge.")
    from retrieval.cookbook import load_knowledge, load_recipes

    if args.knowledge:
        rows = [json.loads(line) for line in args.knowledge.read_text(encoding="utf-8").splitlines()]
        own, entries = load_recipes(), load_knowledge()
        with tempfile.TemporaryDirectory() as folder, Index.build(Path(folder), own, entries) as index:
            kinds = {kind: open_retriever(index, kind).retrieve for kind in ("parent", "compression")}
            figures = judge_knowledge(rows, {"BM25 alone": bm25_of_all(own, entries), **kinds})
        if args.json:
            args.json.write_text(json.dumps(figures, indent=1))
        return
    questions = wote(args.data / "wote_extractive_qa.jsonl")
    recipes = {q.recipe.url: q.recipe for q in questions}
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.build(Path(folder), recipes.values(), load_knowledge()) as index,
    ):
        searches = baselines(list(recipes.values()), index.encoder)
        for kind in ("parent", "compression"):
            searches[kind] = _held_back(open_retriever(index, kind), args.folds)
        result = judge(questions, searches)
    print(table(result))
    print(json.dumps(result, indent=1))
    if args.json:
        args.json.write_text(json.dumps(result, indent=1))


def _held_back(retriever: Retriever, folds: Path | None) -> Search:
    """The retriever; with folds, each question is ranked by weights whose training did not see its recipe."""
    from retrieval.rerank import Reranker

    if folds is None:
        return lambda query, k: retriever.retrieve(query, k)
    if not (folds / "folds.json").is_file():
        raise SystemExit(f"{folds} has no folds.json: make the folder with training.rerank --fold-weights.")
    of_url: dict[str, int] = json.loads((folds / "folds.json").read_text())
    rerankers = [Reranker.load(folds / f"fold-{n}.npz") for n in range(max(of_url.values()) + 1)]
    current: list[str] = [""]

    def search(query: Query, k: int) -> list[Passage]:
        # Over all recipes the query does not say whose it is; the question before it, within, does.
        current[0] = query.recipe or current[0]
        retriever.searcher.reranker = rerankers[of_url[current[0]]]
        return retriever.retrieve(query, k)

    return search


if __name__ == "__main__":
    main()
