"""Train the reranker on questions with known answers, and judge it on recipes that it has not seen.

    python -m training.rerank --data DATA --out retrieval/weights/rerank.json

Gradient boosting with a listwise softmax loss: per question, the log share of the score's mass that lies on the pieces that
answer it (ListNet's top-one loss, Cao et al., 2007), fitted by regression trees with Newton leaves. Judged by
cross-validation over WoTe's recipes: no dialogue about a recipe that is asked about is in its own fold's training.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from retrieval.asking import read_query
from retrieval.embeddings import Encoder, StaticEmbeddings
from retrieval.features import Prepared, Weigher, features, prepare
from training.rerank_data import DONE, Question, dialogues, holds, wote

WEIGHTS = {"wote": 2.0, "wot": 1.0, "wot-part": 0.5, "cookdial": 0.35}
Floats = NDArray[np.float32]


@dataclass(slots=True)
class Table:
    """Questions as numbers.

    Attributes:
        x: (rows, features).
        y: (rows,) share of the answer on each row; sums to 1 per question.
        query: (rows,) number of the question.
        weight: (questions,).
        names: Columns.
    """

    x: Floats
    y: Floats
    query: NDArray[np.int64]
    weight: Floats
    names: tuple[str, ...]

    def pick(self, chosen: NDArray[np.bool_]) -> "Table":
        """Only some questions."""
        rows = chosen[self.query]
        renumber = np.cumsum(chosen) - 1
        return Table(self.x[rows], self.y[rows], renumber[self.query[rows]], self.weight[chosen], self.names)


def tabulate(questions: Sequence[Question], encoder: Encoder) -> Table:
    """Features of every piece of every question's recipe."""
    weigher = Weigher(encoder)
    prepared: dict[str, Prepared] = {}
    xs, ys, numbers, names = [], [], [], ()
    for number, question in enumerate(questions):
        key = f"{question.source}:{question.recipe.url}"
        if key not in prepared:
            prepared[key] = prepare(question.recipe, encoder)
        parent = prepared[key]
        x, names = features(read_query(question.query), parent, weigher, 1.0, True)
        keep = np.array([p.kind != "recipe" for p in parent.pieces])
        y = np.array([p.id in question.answers for p in parent.pieces], dtype=np.float32)[keep]
        xs.append(x[keep])
        ys.append(y / max(1, y.sum()))
        numbers.append(np.full(len(y), number))
    weight = np.array([WEIGHTS[q.source] * q.weight for q in questions], dtype=np.float32)
    return Table(np.concatenate(xs), np.concatenate(ys), np.concatenate(numbers), weight, tuple(names))


def _softmax(scores: Floats, query: NDArray[np.int64], count: int) -> Floats:
    top = np.full(count, -np.inf, np.float32)
    np.maximum.at(top, query, scores)
    exp = np.exp(scores - top[query])
    total = np.bincount(query, exp, count)
    return (exp / total[query]).astype(np.float32)


def boost(
    table: Table, rounds: int, rate: float, leaves: int, min_leaf: int, share: float, l2: float, seed: int
) -> list[dict[str, list[float]]]:
    """Fit the trees.

    Args:
        table: Training questions.
        rounds: Number of trees.
        rate: Shrinkage.
        leaves: Leaves per tree.
        min_leaf: Fewest rows in a leaf.
        share: Share of the features that a split may look at, and of the questions that a tree sees.
        l2: Added to the curvature of a leaf.
        seed: Of the sampling.
    """
    rng = np.random.default_rng(seed)
    count = len(table.weight)
    scores = np.zeros(len(table.x), np.float32)
    trees = []
    for number in range(rounds):
        p = _softmax(scores, table.query, count)
        w = table.weight[table.query]
        gradient, curvature = (table.y - p) * w, p * (1 - p) * w
        seen = (rng.random(count) < 0.6)[table.query]
        tree = DecisionTreeRegressor(
            max_leaf_nodes=leaves, min_samples_leaf=min_leaf, max_features=share, random_state=seed * 1000 + number
        )
        tree.fit(
            table.x[seen],
            gradient[seen] / np.maximum(curvature[seen], 0.02 * w[seen]),
            sample_weight=np.maximum(curvature[seen], 0.02 * w[seen]),
        )
        inner = tree.tree_
        leaf = tree.apply(table.x)
        top = np.bincount(leaf[seen], gradient[seen], inner.node_count)
        bottom = np.bincount(leaf[seen], curvature[seen], inner.node_count)
        value = np.where(inner.children_left < 0, np.clip(top / (bottom + l2), -4, 4) * rate, 0)
        scores += value[leaf].astype(np.float32)
        at = np.arange(inner.node_count)
        trees.append({
            "feature": np.maximum(inner.feature, -1).tolist(),
            "threshold": np.round(inner.threshold, 5).tolist(),
            "left": np.where(inner.children_left < 0, at, inner.children_left).tolist(),
            "right": np.where(inner.children_left < 0, at, inner.children_right).tolist(),
            "value": np.round(value, 5).tolist(),
            "depth": inner.max_depth,
        })  # fmt: skip
    return trees


def predict(trees: list[dict[str, list[float]]], x: Floats) -> Floats:
    """Scores of rows; the plain form of ``retrieval.rerank.Forest.scores``."""
    from retrieval.rerank import Forest

    size = max(len(t["value"]) for t in trees)

    def grid(key: str, kind: type) -> NDArray[np.generic]:
        out = np.zeros((len(trees), size), dtype=kind)
        for i, tree in enumerate(trees):
            out[i, : len(tree[key])] = tree[key]
        return out

    names = tuple(str(i) for i in range(x.shape[1]))
    forest = Forest(names, grid("feature", np.int16), grid("threshold", np.float32), grid("left", np.int16), grid("right", np.int16),  # type: ignore[arg-type]
                    grid("value", np.float32), max(int(t["depth"]) for t in trees))  # type: ignore[arg-type]  # fmt: skip
    return np.concatenate([forest.scores(x[i : i + 2000], names) for i in range(0, len(x), 2000)])


def judge(questions: Sequence[Question], scores: Sequence[Floats]) -> dict[str, float]:
    """hit@1 and hit@3 over the questions whose span stands in some piece of the recipe, and over all of them."""
    from retrieval.store import pieces_of

    found = hit1 = hit3 = 0
    for question, values in zip(questions, scores, strict=True):
        if question.span.lower().strip(". ") == DONE:
            continue
        pieces = [p for p in pieces_of(question.recipe) if p.kind != "recipe"]
        hits = np.array([holds(p.text, question.span) for p in pieces])
        if hits.any():
            order = np.argsort(-values, kind="stable")
            found += 1
            hit1 += bool(hits[order[0]])
            hit3 += bool(hits[order[:3]].any())
    n = len(questions)
    return {"located": found, "hit@1": round(hit1 / max(1, found), 3), "hit@3": round(hit3 / max(1, found), 3),
            "hit@1 of all": round(hit1 / max(1, n), 3), "hit@3 of all": round(hit3 / max(1, n), 3)}  # fmt: skip


def cross_validate(
    questions: list[Question], table: Table, folds: int, settings: dict[str, float], seed: int
) -> dict[str, float]:
    """Leave recipes out: WoTe questions of a fold's recipes are scored by trees that saw none of those recipes."""
    urls = sorted({q.recipe.url for q in questions if q.source == "wote"})
    random.Random(seed).shuffle(urls)
    fold_of = {url: i % folds for i, url in enumerate(urls)}
    asked: list[Question] = []
    scores: list[Floats] = []
    for fold in range(folds):
        train = np.array([fold_of.get(q.recipe.url, -1) != fold for q in questions])
        test = np.array([q.source == "wote" and fold_of[q.recipe.url] == fold for q in questions])
        trees = boost(table.pick(train), seed=seed + fold, **settings)  # type: ignore[arg-type]
        part = table.pick(test)
        predicted = predict(trees, part.x)
        chosen = [q for q, t in zip(questions, test, strict=True) if t]
        asked += chosen
        scores += [predicted[part.query == i] for i in range(len(chosen))]
    return judge(asked, scores)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--out", type=Path, help="file to write (.json); without it only the cross-validation is run")
    parser.add_argument("--embeddings", type=Path, help="embeddings to use instead of the bundled ones")
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--rate", type=float, default=0.08)
    parser.add_argument("--leaves", type=int, default=12)
    parser.add_argument("--min-leaf", type=int, default=30)
    parser.add_argument("--share", type=float, default=0.25)
    parser.add_argument("--l2", type=float, default=3.0)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1, help="cross-validations with other folds")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    embeddings = StaticEmbeddings.load(args.embeddings) if args.embeddings else StaticEmbeddings.load()
    questions = wote(args.data / "wote_extractive_qa.jsonl") + dialogues(args.data, random.Random(args.seed))
    questions = [q for q in questions if q.answers or q.source == "wote"]
    start = time.monotonic()
    table = tabulate(questions, Encoder(embeddings, embeddings.name))
    print(f"{len(questions)} questions, {table.x.shape} in {time.monotonic() - start:.0f} s", flush=True)
    settings = {
        "rounds": args.rounds,
        "rate": args.rate,
        "leaves": args.leaves,
        "min_leaf": args.min_leaf,
        "share": args.share,
        "l2": args.l2,
    }
    for repeat in range(args.repeats):
        start = time.monotonic()
        print(
            json.dumps(cross_validate(questions, table, args.folds, settings, args.seed + 17 * repeat)),
            f"{time.monotonic() - start:.0f} s",
            flush=True,
        )
    if args.out:
        trees = boost(table, seed=args.seed, **settings)  # type: ignore[arg-type]
        args.out.parent.mkdir(parents=True, exist_ok=True)
        depth = max(int(t.pop("depth")) for t in trees)  # type: ignore[call-overload]
        args.out.write_text(
            json.dumps({"features": table.names, "depth": depth, "trees": trees}, separators=(",", ":"))
        )
        print(f"wrote {args.out} ({args.out.stat().st_size / 1e3:.0f} kB)")


if __name__ == "__main__":
    main()
