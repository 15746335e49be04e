"""Fit the judge's trees and regressions on what its features (and its encoder, if any) measure; write ``judge.npz``.

    python -m training.judge --data DATA --out model/judge/weights

With ``--encoders FOLDER`` (encoders that ``training.judge_encoder`` exported: ``all``, and ``begin``, ``faithdial``,
``q2``, each tuned without that group) the encoder's readings count too. What a regression learns from, the encoder has
not seen: a labelled set is read by the encoder that was tuned without it; the trees then learn from recipes that no
encoder was trained on.
"""

import argparse
import random
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.judge.blend import Blend
from model.judge.encoder import CrossEncoder, Reader
from model.judge.forest import Forest
from model.judge.local import BLENDS, FORESTS, MEASURED, Meter, Reply, Weights
from retrieval.embeddings import StaticEmbeddings
from training.judge_data import GROUPS, Case, grounded
from training.judge_fit import (
    GROUNDED,
    RELEVANCE,
    SHARES,
    Floats,
    Labels,
    balanced,
    balanced_accuracy,
    best_threshold,
    fit_blend,
    fit_forest,
)
from training.judge_made import bases, cases
from training.judge_relevance import relevance


@dataclass(slots=True)
class Measured:
    """Cases with their measures: (n, F) and, for relevance, the encoder's (n,) logits."""

    cases: list[Case]
    rows: Floats
    logits: Floats

    @property
    def labels(self) -> Labels:
        """(n,) 0 or 1."""
        return np.array([c.label for c in self.cases], dtype=np.int64)

    def part(self, chosen: Sequence[int] | NDArray[np.bool_]) -> "Measured":
        """Some of them."""
        numbers = np.flatnonzero(chosen) if isinstance(chosen, np.ndarray) else list(chosen)
        return Measured([self.cases[i] for i in numbers], self.rows[numbers], self.logits[numbers])


def together(parts: Sequence[Measured]) -> Measured:
    """Several as one."""
    return Measured(
        [c for p in parts for c in p.cases],
        np.concatenate([p.rows for p in parts]),
        np.concatenate([p.logits for p in parts]),
    )


def meter_of(folder: Path | None) -> Meter:
    """A meter with the encoder of a folder, on one core, or without any."""
    embeddings = StaticEmbeddings.load()
    return Meter(embeddings, Reader(CrossEncoder(folder, threads=1), embeddings.idf) if folder else None)


def measure(meter: Meter, found: Sequence[Case]) -> Measured:
    """Groundedness of cases."""
    replies = [Reply.of(c.question, c.contexts, c.answer) for c in found]
    chosen = [i for i, r in enumerate(replies) if r.claims]
    rows = np.concatenate(
        [meter.grounded([replies[i] for i in chosen[at : at + 64]])[0] for at in range(0, len(chosen), 64)]
    )
    return Measured([found[i] for i in chosen], rows, np.zeros(len(chosen), np.float32))


def measure_pairs(meter: Meter, found: Sequence[Case], task: str, read: bool = True) -> Measured:
    """Relevance of cases of one kind; with ``read`` also what the encoder says."""
    pairs = [(c.question, c.contexts[0] if task == "passage" else c.answer) for c in found]
    logits = np.zeros(len(pairs), dtype=np.float32)
    if read and meter.reader is not None:
        logits[:] = meter.reader.relate(task, pairs)
    return Measured(list(found), meter.pairs(pairs), logits)


def made_cases(data: Path | None, split: str, most: int, seed: int = 1) -> list[Case]:
    """Made cooking answers of a split, at most so many."""
    found = cases(bases(data), split)
    return random.Random(seed).sample(found, min(most, len(found)))


def fit_cooking(train: Measured, validation: Measured) -> tuple[Forest, Blend]:
    """Trees on made answers, calibrated on those about other recipes."""
    forest = fit_forest(train.rows, train.labels, FORESTS["grounded"], trees=200)
    log_odds = forest.log_odds(validation.rows)[:, None]
    weights = np.where(validation.labels == 1, 1 / validation.labels.mean(), 1 / (1 - validation.labels.mean()))
    blend = fit_blend(log_odds, validation.labels, weights.astype(np.float32), ("forest",), {"forest": 1}, penalty=1e-4)
    return forest, blend


def fit_anything(labelled: Measured) -> Blend:
    """The regression on the labelled sets.

    The penalty is large: fitted on one group of sets and tried on another, the regression is the better the closer it
    comes to a plain mean of the columns (mean AUC 0.851, 0.858, 0.864, 0.865 with 0.02, 0.1, 0.5, 2).
    """
    return fit_blend(labelled.rows, labelled.labels, balanced(labelled.cases, SHARES), MEASURED, GROUNDED, penalty=0.5)


def fit_relevance(train: Measured, validation: Measured, task: str) -> tuple[Forest, Blend]:
    """For "passage" or "reply": trees on the features of training, a regression over them and the encoder's readings of
    recipes that neither has seen.
    """
    forest = fit_forest(train.rows, train.labels, FORESTS[task])
    table = np.stack([forest.log_odds(validation.rows), validation.logits], axis=1)
    ones = np.ones(len(table), np.float32)
    return forest, fit_blend(table, validation.labels, ones, BLENDS[task], RELEVANCE, penalty=1e-4)


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--encoders", type=Path, help="folder of exported encoders (default: none)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--made", type=int, default=8000, help="made answers and questions to learn from")
    args = parser.parse_args(argv)
    meter = meter_of(args.encoders / "all" if args.encoders else None)
    validation = measure(meter, made_cases(args.data, "validation", args.made if args.encoders else args.made // 3))
    if args.encoders:  # the readings of what an encoder was trained on are too good to learn from
        half = np.array([zlib.crc32(c.group.encode()) // 10 % 5 < 4 for c in validation.cases])  # % 10 chose the split
        train, validation = validation.part(half), validation.part(~half)
    else:
        train = measure(meter, made_cases(args.data, "train", args.made))
    labelled = []
    for group in dict.fromkeys(GROUPS.values()):
        own = [c for c in grounded(args.data) if GROUPS.get(c.source) == group]
        labelled.append(measure(meter_of(args.encoders / group) if args.encoders else meter, own))
    weights = Weights({}, {"grounded": fit_anything(together(labelled))}, {})
    weights.forests["grounded"], weights.blends["cooking"] = fit_cooking(train, validation)
    scores = {"grounded": (validation.labels, weights.grounded(validation.rows))}
    for task in ("passage", "reply"):
        first, second = (
            [c for c in relevance(args.data, split) if c.kind == task][: args.made] for split in ("train", "validation")
        )
        asked = measure_pairs(meter, first, task, read=False), measure_pairs(meter, second, task)
        weights.forests[task], weights.blends[task] = fit_relevance(*asked, task)
        scores[task] = asked[1].labels, weights.relevance(task, asked[1].rows, asked[1].logits)
    for task, (labels, values) in scores.items():
        weights.thresholds[task] = round(best_threshold(labels, values)[0], 2)
        accuracy, alarms = balanced_accuracy(labels, values, weights.thresholds[task])
        figures = f"balanced accuracy {accuracy:.3f}, false alarms {alarms:.3f}"
        print(f"{task}: threshold {weights.thresholds[task]}, {figures}")
    args.out.mkdir(parents=True, exist_ok=True)
    weights.save(args.out / "judge.npz")
    for name in ("encoder.onnx", "vocab.txt") if args.encoders else ():
        shutil.copy(args.encoders / "all" / name, args.out / name)


if __name__ == "__main__":
    main()
