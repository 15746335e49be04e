"""How good the judge is: every figure of its model card, from one command.

    python -m training.judge_eval --data DATA --json figures.json

Groundedness on BEGIN, the FaithDial audit and Q² is cross-validated by source: the regression of a row has not been
fitted on the row's set, nor on an answer about one of its passages (and with ``--encoders``, neither has the encoder
that reads it). The trees have never seen a labelled set. QAGS is never trained on. Cooking answers are of recipes kept
back.
"""

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from model.judge import WEIGHTS
from model.judge.local import LocalJudge
from retrieval.embeddings import StaticEmbeddings
from training.corpora import wizard_of_tasks
from training.judge import Measured, fit_anything, made_cases, measure, measure_pairs, meter_of, together
from training.judge_data import GROUPS, Case, grounded, same_knowledge
from training.judge_fit import Floats, auc, balanced_accuracy, best_threshold
from training.judge_relevance import from_dialogue, wizard_labels, wote_passages

Row = dict[str, Any]


def word_share(case: Case, n: int = 1) -> float:
    """Share of the answer's words, or runs of n words, that stand in the passages."""
    known = re.findall(r"\w+", " ".join(case.contexts).lower())
    said = re.findall(r"\w+", case.answer.lower())
    grams = set(zip(*(known[i:] for i in range(n)), strict=False))
    mine = list(zip(*(said[i:] for i in range(n)), strict=False))
    return sum(g in grams for g in mine) / max(1, len(mine))


def row(name: str, cases: Sequence[Case], scores: Floats, threshold: float, **rest: float) -> Row:
    """One line of the table: AUC, best balanced accuracy, and both rates at the judge's own threshold."""
    labels = [c.label for c in cases]
    at, false_alarms = balanced_accuracy(labels, scores, threshold)
    figures = {
        "auc": auc(labels, scores), "best balanced accuracy": best_threshold(labels, scores)[1],
        "balanced accuracy": at, "false alarms": false_alarms, **rest,
    }  # fmt: skip
    return {"set": name, "answers": len(cases), "good": sum(labels)} | {k: round(v, 3) for k, v in figures.items()}


def by_source(name: str, measured: Measured, scores: Floats, threshold: float) -> Row:
    """A row for one data set; of Q² the 600 answers whose figures are published."""
    chosen = [i for i, c in enumerate(measured.cases) if c.source == name and (name != "q2" or c.kind == "main")]
    cases = [measured.cases[i] for i in chosen]
    labels = [c.label for c in cases]
    alone = {
        f"{what} alone": auc(labels, [word_share(c, n) for c in cases]) for what, n in (("words", 1), ("bigrams", 2))
    }
    return row(name, cases, scores[chosen], threshold, **alone)


def cross_validated(judge: LocalJudge, data: Path, encoders: Path | None) -> list[Row]:
    """Rows of BEGIN, FaithDial and Q², each by a judge whose regression has not seen it."""
    labelled = {}
    for group in dict.fromkeys(GROUPS.values()):
        own = [c for c in grounded(data) if GROUPS.get(c.source) == group]
        labelled[group] = measure(meter_of(encoders / group) if encoders else judge.meter, own)
    rows = []
    for group, tested in labelled.items():
        known = same_knowledge(tested.cases)
        others = [m.part(np.array([not known(c) for c in m.cases])) for g, m in labelled.items() if g != group]
        blends = judge.weights.blends | {"grounded": fit_anything(together(others))}
        scores = replace(judge.weights, blends=blends).grounded(tested.rows)
        rows += [by_source(n, tested, scores, judge.thresholds["grounded"]) for n, g in GROUPS.items() if g == group]
    return rows


def bundled_rows(judge: LocalJudge, data: Path, made: int) -> list[Row]:
    """Rows of QAGS and of made cooking answers, in all and by what was changed."""
    threshold = judge.thresholds["grounded"]
    found = measure(judge.meter, [c for c in grounded(data) if c.source not in GROUPS])
    scores = judge.weights.grounded(found.rows)
    rows = [by_source(name, found, scores, threshold) for name in ("qags-cnndm", "qags-xsum")]
    answers = [c for c in made_cases(data, "test", made) if c.source != "squad"]
    found = measure(judge.meter, answers)
    scores = judge.weights.grounded(found.rows)
    shares = {"words alone": auc(found.labels, [word_share(c) for c in found.cases])}
    rows.append(row("cooking", found.cases, scores, threshold, **shares))
    for kind in sorted({c.kind for c in found.cases if not c.label}):
        chosen = [i for i, c in enumerate(found.cases) if c.label or c.kind == kind]
        rows.append(row(f"cooking: {kind}", [found.cases[i] for i in chosen], scores[chosen], threshold))
    return rows


def relevance_rows(judge: LocalJudge, data: Path, seed: int = 7) -> list[Row]:
    """Rows of context relevance (WoTe) and answer relevance (Wizard of Tasks), beside the cosine of the embeddings."""
    rng = random.Random(seed)
    swapped = []
    for example in wizard_of_tasks(data / "wizard_of_tasks_cooking.json", data / "wizard_of_tasks_recipes.jsonl"):
        swapped += [c for c in from_dialogue(example, rng) if c.kind == "reply"]
    rows = []
    for name, cases, task in (
        ("WoTe: the passage holds the answer", wote_passages(data), "passage"),
        ("Wizard of Tasks: true against swapped replies", swapped, "reply"),
        ("Wizard of Tasks: relevant and useful", wizard_labels(data), "reply"),
    ):
        measured = measure_pairs(judge.meter, cases, task)
        scores = judge.weights.relevance(task, measured.rows, measured.logits)
        cosine = _cosine([(c.question, c.contexts[0] if task == "passage" else c.answer) for c in cases])
        rest = {"cosine alone": auc([c.label for c in cases], cosine)}
        if task == "passage":
            rest |= {"first": _first(cases, scores), "first by cosine": _first(cases, cosine)}
        rows.append(row(name, cases, scores, judge.thresholds[task], **rest))
    return rows


def _cosine(pairs: Sequence[tuple[str, str]]) -> Floats:
    embeddings = StaticEmbeddings.load()
    one, other = embeddings.encode([a for a, _ in pairs]), embeddings.encode([b for _, b in pairs])
    result: Floats = (one * other).sum(axis=1)
    return result


def _first(cases: Sequence[Case], scores: Floats) -> float:
    """Share of questions whose best passage holds the answer."""
    best: dict[str, tuple[float, int]] = defaultdict(lambda: (-1.0, 0))
    for case, score in zip(cases, scores, strict=True):
        best[case.group] = max(best[case.group], (float(score), case.label), key=lambda x: x[0])
    return float(np.mean([label for _, label in best.values()]))


def milliseconds(judge: LocalJudge, cases: Sequence[Case]) -> dict[str, float]:
    """Median and 95th percentile of wall and processor time of one reply, all three scores."""
    wall, used = [], []
    judge.score(cases[0].question, cases[0].contexts, cases[0].answer)
    for case in cases:
        start, cpu = time.perf_counter(), time.process_time()
        judge.score(case.question, case.contexts, case.answer)
        wall.append(1000 * (time.perf_counter() - start))
        used.append(1000 * (time.process_time() - cpu))
    return {
        "p50 ms": round(float(np.median(wall)), 1), "p95 ms": round(float(np.percentile(wall, 95)), 1),
        "p50 processor ms": round(float(np.median(used)), 1),
    }  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    names = list(dict.fromkeys(k for r in rows for k in r))
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    return "\n".join(lines + ["| " + " | ".join(str(r.get(n, "")) for n in names) + " |" for r in rows])


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the judge's weights")
    parser.add_argument("--encoders", type=Path, help="folder of exported encoders, where the judge has one")
    parser.add_argument("--made", type=int, default=4000, help="made answers to measure")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    args = parser.parse_args(argv)
    judge = LocalJudge.load(args.weights)
    threshold = judge.thresholds["grounded"]
    rows = cross_validated(judge, args.data, args.encoders)
    rows += bundled_rows(judge, args.data, args.made)
    related = relevance_rows(judge, args.data)
    usual = [c for c in made_cases(None, "test", 200) if c.source == "cookbook"][:100]
    speed = milliseconds(judge, usual)
    print(f"Groundedness (threshold {threshold})\n\n{table(rows)}\n\nRelevance\n\n{table(related)}\n\n{speed}")
    if args.json:
        figures = {"grounded": rows, "relevance": related, "speed": speed, "thresholds": judge.thresholds}
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
