"""Judge retrieval on WoTe's cooking questions.

    python -m training.retrieval_eval --data DATA --json figures.json

Within the recipe: is a passage that holds the labelled answer span first, or among the first three? Over all recipes:
the question is asked with the recipe's title, without saying which recipe it is; first, or among the first five?
Whole recipes never count as passages. Counted over the questions whose span stands in some passage at all (about 140
of 170: the rest are spans over several steps, or "you are done"), and over all of them. ``--folds`` takes
the networks of ``training.rerank --fold-weights`` and judges each question with one whose training left its recipe out:
use these figures, for the bundled network has seen the questions.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from retrieval.bm25 import Bm25, bm25_scores, build_segment, query_terms
from retrieval.embeddings import Encoder
from retrieval.index import Index
from retrieval.passage import Passage, Query
from retrieval.pieces import Piece
from retrieval.recipe import Recipe
from retrieval.retrievers import Retriever, open_retriever
from retrieval.store import pieces_of
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
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument(
        "--folds", type=Path, help="folder of training.rerank --fold-weights: honest figures for recipes not seen"
    )
    args = parser.parse_args(argv)
    from retrieval.cookbook import load_knowledge

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
