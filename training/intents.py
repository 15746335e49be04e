"""Train the linear prior on intents (``model.intents``) that stands beside a student.

    python -m training.intents --data DATA --out model/weights

Learns from the exchanges of the Wizard of Tasks train split, and at a lower weight CookDial's train part and the
cookbook's dialogues; prints the accuracy of five-fold cross-validation by dialogue on the Wizard of Tasks.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from model.intents import FILE, SIZE, vector
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS
from training.baselines import pairs
from training.cookbook import cookbook_examples
from training.corpora import Example
from training.mixture import real_examples

WEIGHTS = {"wot": 1.0, "cookdial": 0.15, "cookbook": 0.15}


def matrix(examples: Sequence[Example]) -> tuple[csr_matrix, list[str], list[str], np.ndarray]:
    """(features [exchanges, SIZE], cook's intents, wizard's intents, sample weights) of the exchanges."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    users: list[str] = []
    wizards: list[str] = []
    weights: list[float] = []
    for example in examples:
        for cook, wizard, before in pairs([example]):
            for index, value in vector(cook.text, "" if before == "start" else before).items():
                rows.append(len(users))
                columns.append(index)
                values.append(value)
            users.append(cook.intent)
            wizards.append(wizard.intent)
            weights.append(WEIGHTS[example.source])
    return csr_matrix((values, (rows, columns)), (len(users), SIZE)), users, wizards, np.array(weights)


def fit(examples: Sequence[Example], c: float) -> np.ndarray:
    """Weights [intents, SIZE + 1]; an intent that never occurs gets a bias that rules it out."""
    x, users, wizards, weights = matrix(examples)
    out = np.zeros((len(USER_INTENTS) + len(WIZARD_INTENTS), SIZE + 1), np.float32)
    out[:, -1] = -8.0
    for labels, names, offset in ((users, USER_INTENTS, 0), (wizards, WIZARD_INTENTS, len(USER_INTENTS))):
        model = LogisticRegression(C=c, max_iter=400).fit(x, labels, sample_weight=weights)
        for name, row, bias in zip(model.classes_, model.coef_, model.intercept_, strict=True):
            out[offset + names.index(name), :-1] = row
            out[offset + names.index(name), -1] = bias
    return out


def accuracy(weights: np.ndarray, examples: Sequence[Example]) -> tuple[float, float]:
    """Share of right cook's and wizard's intents by the prior alone."""
    x, users, wizards, _ = matrix(examples)
    scores = x @ weights[:, :-1].T + weights[:, -1]
    cut = len(USER_INTENTS)
    said = [USER_INTENTS[i] for i in scores[:, :cut].argmax(1)]
    done = [WIZARD_INTENTS[i] for i in scores[:, cut:].argmax(1)]
    return float(np.mean([a == b for a, b in zip(said, users, strict=True)])), float(
        np.mean([a == b for a, b in zip(done, wizards, strict=True)])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student")
    parser.add_argument("--c", type=float, default=6.0, help="inverse regularisation")
    parser.add_argument("--strength", type=float, default=1.0, help="factor on the log-probabilities when serving")
    parser.add_argument("--no-check", action="store_true", help="skip the cross-validation")
    args = parser.parse_args()
    train, _ = real_examples(args.data)
    extra = [e for e in train if e.source != "wot"] + cookbook_examples("train")
    wot = [e for e in train if e.source == "wot"]
    if not args.no_check:
        results = [
            accuracy(fit([e for i, e in enumerate(wot) if i % 5 != k] + extra, args.c), wot[k::5]) for k in range(5)
        ]
        user, wizard = np.mean(results, axis=0)
        print(f"cross-validated by dialogue: cook's intent {user:.3f}, wizard's intent {wizard:.3f}")
    weights = fit(wot + extra, args.c)
    np.savez_compressed(args.out / FILE, weights=weights.astype(np.float16), strength=np.float32(args.strength))
    print(f"{(args.out / FILE).stat().st_size / 1e3:.0f} kB → {args.out / FILE}")


if __name__ == "__main__":
    main()
