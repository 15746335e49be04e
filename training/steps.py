"""Train the linear prior on the next step (``model.steps``) that stands beside a student.

    python -m training.steps --data DATA --out model/weights

Learns from the turns of the Wizard of Tasks train split that give a next step out of a whole recipe; prints the share
of right steps under four-fold cross-validation by dialogue, beside "the next in order".
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.prompt import step_at_hand
from model.steps import FILE, NAMES, StepPrior, features
from model.student import Situation
from training.corpora import Example, open_text
from training.mixture import real_examples


@dataclass(frozen=True, slots=True)
class Choice:
    """A turn that gave a next step: features [steps, len(NAMES)], the steps that were right, and the next in order."""

    dialogue: str
    x: np.ndarray
    right: list[int]
    in_order: int


def choices(examples: Sequence[Example]) -> Iterator[Choice]:
    """Every turn in which a wizard shared a step of its recipe as the next one."""
    for example in examples:
        recipe, turns = example.recipe, example.dialogue.turns
        for position in range(1, len(turns) if recipe else 0):
            assert recipe is not None
            cook, wizard = turns[position - 1], turns[position]
            if (cook.role, wizard.role, wizard.intent) != ("cook", "wizard", "return_next_step"):
                continue
            right = [index for index, step in enumerate(recipe.steps) if step in wizard.shared]
            if right:
                situation = Situation(cook.text, recipe, tuple(turns[: position - 1]))
                yield Choice(example.dialogue.id, features(situation), right, step_at_hand(situation))


def fit(rows: Sequence[Choice], ridge: float = 0.002, rounds: int = 150) -> np.ndarray:
    """Weights [len(NAMES)] of a softmax over the steps of a recipe, by Adam on the whole of ``rows``."""
    weights, mean, square = (np.zeros(len(NAMES)) for _ in range(3))
    for round_ in range(1, rounds + 1):
        gradient = ridge * weights
        for row in rows:
            raw = row.x @ weights
            p = np.exp(raw - raw.max())
            p /= p.sum()
            wanted = p[row.right] / p[row.right].sum()
            gradient += (p @ row.x - wanted @ row.x[row.right]) / len(rows)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        rate = 0.3 if round_ < 0.6 * rounds else 0.06
        weights -= rate * mean / (1 - 0.9**round_) / (np.sqrt(square / (1 - 0.99**round_)) + 1e-8)
    return weights


def accuracy(weights: np.ndarray, rows: Sequence[Choice]) -> float:
    return float(np.mean([int((row.x @ weights).argmax()) in row.right for row in rows]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student")
    parser.add_argument("--strength", type=float, default=1.0, help="factor on the log-probabilities when serving")
    args = parser.parse_args()
    whole = {json.loads(line)["url"] for line in open_text(args.data / "wizard_of_tasks_recipes.jsonl")}
    train, _ = real_examples(args.data)
    rows = list(choices([e for e in train if e.source == "wot" and e.dialogue.url in whole]))
    ids = sorted({row.dialogue for row in rows})
    random.Random(0).shuffle(ids)
    right = 0.0
    for fold in range(4):
        held = set(ids[fold::4])
        weights = fit([row for row in rows if row.dialogue not in held])
        tested = [row for row in rows if row.dialogue in held]
        right += accuracy(weights, tested) * len(tested)
    order = np.mean([row.in_order in row.right for row in rows])
    print(f"{len(rows)} turns; next in order {order:.3f}; cross-validated by dialogue {right / len(rows):.3f}")
    prior = StepPrior(fit(rows), args.strength)
    np.savez(args.out / FILE, weights=prior.weights.astype(np.float32), strength=np.float32(args.strength))
    for name, weight in sorted(zip(NAMES, prior.weights, strict=True), key=lambda pair: -abs(pair[1]))[:10]:
        print(f"{weight:+.2f}  {name}")


if __name__ == "__main__":
    main()
