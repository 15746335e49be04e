"""Train the reranker on questions with known answers, and judge it on recipes that it has not seen.

    python -m training.rerank --data DATA --out retrieval/weights/rerank.npz

Small networks with a listwise softmax loss: per question, the log share of the mass that lies on the pieces that
answer it (ListNet's top-one loss, Cao et al., 2007). Judged by cross-validation over WoTe's recipes: no dialogue
about a recipe that is asked about is in its own fold's training. About half a minute per fold.
"""

import argparse
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.asking import read_query
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.embeddings import Encoder, StaticEmbeddings
from retrieval.features import Prepared, Weigher, features, prepare
from retrieval.recipe import KnowledgeEntry
from retrieval.rerank import Reranker
from retrieval.store import pieces_of
from training.rerank_data import DONE, Question, dialogues, holds, plausible, wote
from training.rerank_made import about_knowledge, cookbook, made

WEIGHTS = {
    "wote": 6.0,
    "diy": 0.6,
    "wot": 1.0,
    "wot-part": 0.6,
    "cookdial": 0.4,
    "made": 0.5,
    "cookbook": 0.5,
    "knowledge": 0.5,
}
BATCH = 128
Floats = NDArray[np.float32]


@dataclass(slots=True)
class Table:
    """Questions as numbers.

    Attributes:
        x: (rows, features).
        y: (rows,) share of the answer on each row; sums to 1 per question.
        query: (rows,) number of the question.
        weight: (questions,).
        within: (rows,) whether the row is a piece of the recipe (else of a knowledge entry).
        names: Columns.
    """

    x: Floats
    y: Floats
    query: NDArray[np.int64]
    weight: Floats
    within: NDArray[np.bool_]
    names: tuple[str, ...]

    def pick(self, chosen: NDArray[np.bool_]) -> "Table":
        """Only some questions."""
        rows = chosen[self.query]
        renumber = np.cumsum(chosen) - 1
        return Table(
            self.x[rows], self.y[rows], renumber[self.query[rows]], self.weight[chosen], self.within[rows], self.names
        )


class Shelf:
    """The knowledge entries, and which of them come near a question."""

    def __init__(self, entries: Sequence[KnowledgeEntry], weigher: Weigher) -> None:
        self.prepared = [prepare(entry, weigher) for entry in entries]
        self._owner = np.concatenate([np.full(len(p.pieces), i) for i, p in enumerate(self.prepared)])
        self._vectors = np.concatenate([p.vectors for p in self.prepared])
        self._encoder = weigher.encoder

    def near(self, text: str, k: int) -> list[Prepared]:
        """The ``k`` nearest entries."""
        order = np.argsort(-(self._vectors @ self._encoder.encode([text])[0]))[: 8 * k]
        return [self.prepared[i] for i in list(dict.fromkeys(self._owner[order].tolist()))[:k]]


def tabulate(questions: Sequence[Question], encoder: Encoder, entries: Sequence[KnowledgeEntry] = ()) -> Table:
    """Features of every piece of every question's recipe, and of the knowledge entries that come near the question."""
    weigher = Weigher(encoder)
    shelf = Shelf(entries, weigher) if entries else None
    prepared: dict[str, Prepared] = {}
    xs: list[Floats] = []
    ys: list[Floats] = []
    inside: list[NDArray[np.bool_]] = []
    names: tuple[str, ...] = ()
    for number, question in enumerate(questions):
        key = f"{question.source}:{question.recipe.url}"
        if key not in prepared:
            prepared[key] = prepare(question.recipe, weigher)
        parents = [prepared[key]]
        if shelf is not None:
            # An entry's own question must not find it: that piece is taken out.
            near = 2 if question.source in ("wote", "knowledge") else number % 2
            parents += [without(p, question.query.text) for p in shelf.near(question.query.text, near)] if near else []
        ask = read_query(question.query)
        rows, answers, own = [], [], []
        for parent in parents:
            x, names = features(ask, parent, weigher, parent is parents[0])
            keep = np.array([p.kind != "recipe" for p in parent.pieces])
            rows.append(x[keep])
            answers.append(np.array([p.id in question.answers for p in parent.pieces], dtype=np.float32)[keep])
            own.append(np.full(int(keep.sum()), parent is parents[0]))
        y = np.concatenate(answers)
        xs.append(np.concatenate(rows))
        ys.append(y / max(1, y.sum()))
        inside.append(np.concatenate(own))
    weight = np.array([WEIGHTS[q.source] * q.weight for q in questions], dtype=np.float32)
    numbers = np.concatenate([np.full(len(y), i) for i, y in enumerate(ys)])
    return Table(np.concatenate(xs), np.concatenate(ys), numbers, weight, np.concatenate(inside), names)


def without(parent: Prepared, question: str) -> Prepared:
    """A knowledge entry without the piece that is this very question."""
    keep = [i for i, p in enumerate(parent.pieces) if not p.search.startswith(question)]
    if len(keep) == len(parent.pieces) or not keep:
        return parent
    return parent.part(keep)


def listwise_loss(
    scores: torch.Tensor, share: torch.Tensor, segment: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """ListNet's top-one loss over questions of different lengths, laid end to end.

    Args:
        scores: (rows,) of all pieces.
        share: (rows,) share of the answer on each piece; sums to 1 per question.
        segment: (rows,) number of the question.
        weight: (questions,).
    """
    scores = scores.clamp(-15, 15)  # so that the exponentials need no maximum taken off
    total = torch.zeros(len(weight)).index_add(0, segment, scores.exp()).log()
    return -((scores - total[segment]) * share * weight[segment]).sum() / len(weight)


def fit(table: Table, seed: int, models: int = 4, hidden: int = 24, epochs: int = 8, rate: float = 3e-3) -> Reranker:
    """Fit the networks.

    Args:
        table: Training questions.
        seed: Of the first network.
        models: Networks, which differ in their seed alone.
        hidden: Units of the first layer; the second has half.
        epochs: Passes over the questions.
        rate: Greatest learning rate of the one-cycle schedule.
    """
    torch.set_num_threads(1)
    varied = np.flatnonzero(table.x.std(axis=0) > 1e-6)  # what never varies could only do harm where it does
    table = replace(table, x=table.x[:, varied], names=tuple(table.names[i] for i in varied))
    mean, spread = table.x.mean(axis=0), table.x.std(axis=0) + 1e-3
    x = torch.from_numpy(np.clip((table.x - mean) / spread, -5, 5).astype(np.float32))
    count = len(table.weight)
    starts = np.searchsorted(table.query, np.arange(count))
    ends = np.append(starts[1:], len(table.query))
    y, weight = torch.from_numpy(table.y), torch.from_numpy(table.weight)
    nets: list[list[torch.nn.Linear]] = []
    for number in range(models):
        torch.manual_seed(seed * 10 + number)
        rng = np.random.default_rng(seed * 10 + number)
        net = torch.nn.Sequential(
            torch.nn.Dropout(0.1), torch.nn.Linear(x.shape[1], hidden), torch.nn.ReLU(), torch.nn.Dropout(0.3),
            torch.nn.Linear(hidden, hidden // 2), torch.nn.ReLU(), torch.nn.Linear(hidden // 2, 1),
        )  # fmt: skip
        optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.05)
        steps = epochs * (count // BATCH + 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
        for _ in range(epochs):
            order = rng.permutation(count)
            for at in range(0, count, BATCH):
                ids = order[at : at + BATCH]
                rows = torch.from_numpy(np.concatenate([np.arange(starts[q], ends[q]) for q in ids]))
                segment = torch.from_numpy(np.repeat(np.arange(len(ids)), ends[ids] - starts[ids]))
                loss = listwise_loss(net(x[rows]).squeeze(-1), y[rows], segment, weight[torch.from_numpy(ids)])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        nets.append([layer for layer in net if isinstance(layer, torch.nn.Linear)])
    layers = tuple(
        (
            np.stack([net[i].weight.detach().numpy().T for net in nets]),
            np.stack([net[i].bias.detach().numpy() for net in nets]),
        )
        for i in range(3)
    )
    return Reranker(table.names, mean.astype(np.float32), spread.astype(np.float32), layers)


def judge(questions: Sequence[Question], scores: Sequence[Floats]) -> dict[str, float]:
    """hit@1 and hit@3 over the questions whose span stands in some piece of the recipe, and over all of them."""
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
    n = max(1, len(questions))
    at_1, at_3 = hit1 / max(1, found), hit3 / max(1, found)
    return {"located": found, "hit@1": round(at_1, 3), "hit@3": round(at_3, 3),
            "hit@1 of all": round(hit1 / n, 3), "hit@3 of all": round(hit3 / n, 3)}  # fmt: skip


def folds_of(questions: Sequence[Question], folds: int, seed: int) -> dict[str, int]:
    """Fold of each recipe that WoTe asks about."""
    urls = sorted({q.recipe.url for q in questions if q.source == "wote"})
    random.Random(seed).shuffle(urls)
    return {url: i % folds for i, url in enumerate(urls)}


def cross_validate(
    questions: list[Question], table: Table, folds: int, seed: int, keep: Path | None
) -> dict[str, float]:
    """Leave recipes out: WoTe questions of a fold's recipes are scored by networks that saw none of those recipes."""
    fold_of = folds_of(questions, folds, seed)
    asked: list[Question] = []
    scores: list[Floats] = []
    for fold in range(folds):
        train = np.array([fold_of.get(q.recipe.url, -1) != fold for q in questions])
        test = np.array([q.source == "wote" and fold_of[q.recipe.url] == fold for q in questions])
        reranker = fit(table.pick(train), seed + fold)
        if keep is not None:
            reranker.save(keep / f"fold-{fold}.npz")
        part = table.pick(test)
        predicted = reranker.scores(part.x, part.names)
        chosen = [q for q, t in zip(questions, test, strict=True) if t]
        asked += chosen
        scores += [predicted[(part.query == i) & part.within] for i in range(len(chosen))]
    if keep is not None:
        (keep / "folds.json").write_text(json.dumps(fold_of))
    return judge(asked, scores)


def load_questions(data: Path, seed: int) -> list[Question]:
    """Questions from all sources; WoTe's are first, and complete."""
    rng = random.Random(seed)
    questions = wote(data / "wote_extractive_qa.jsonl") + wote(data / "wote_extractive_qa.jsonl", "diy")
    questions += dialogues(data, rng) + made(data / "recipes_73k.jsonl.xz", rng, 700)
    questions += cookbook(load_recipes(), rng)
    questions = [q for q in questions if q.source == "wote" or plausible(q)]
    recipes = [q.recipe for q in questions if q.source in ("made", "cookbook")]
    questions += about_knowledge(load_knowledge(), recipes, rng)
    return [q for q in questions if q.answers or q.source == "wote"]


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--out", type=Path, help="file to write (.npz); without it only the cross-validation is run")
    parser.add_argument("--embeddings", type=Path, help="embeddings to use instead of the bundled ones")
    parser.add_argument(
        "--fold-weights", type=Path, help="folder to keep the folds' networks in, for training.retrieval_eval"
    )
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1, help="cross-validations with other folds")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    embeddings = StaticEmbeddings.load(args.embeddings) if args.embeddings else StaticEmbeddings.load()
    questions = load_questions(args.data, args.seed)
    start = time.monotonic()
    table = tabulate(questions, Encoder(embeddings, embeddings.name), load_knowledge())
    print(f"{len(questions)} questions, {table.x.shape} in {time.monotonic() - start:.0f} s", flush=True)
    for repeat in range(args.repeats):
        start = time.monotonic()
        keep = args.fold_weights if repeat == 0 else None
        figures = cross_validate(questions, table, args.folds, args.seed + 17 * repeat, keep)
        print(json.dumps(figures), f"{time.monotonic() - start:.0f} s", flush=True)
    if args.out:
        fit(table, args.seed).save(args.out)
        print(f"wrote {args.out} ({args.out.stat().st_size / 1e3:.0f} kB)")


if __name__ == "__main__":
    main()
