"""A linear prior on intents, beside the student's own.

Words, pairs of words and letter runs of the cook's utterance and the wizard's intent before it, hashed into a fixed
number of features, one row of weights per intent: multinomial logistic regression, trained by ``training.intents``. A
small language model sees too few dialogues to weigh single words as well; their log-probabilities are added.
"""

import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from model.vocabulary import USER_INTENTS, WIZARD_INTENTS

SIZE = 1 << 14
FILE = "intents.npz"


def features(utterance: str, before: str) -> Iterator[str]:
    """Names of the features of an utterance after a wizard's turn of intent ``before`` ("" at the start)."""
    words = re.findall(r"[a-z']+|\d+|[?!]", utterance.lower())
    yield f"b={before or 'start'}"
    yield f"n={min(len(words), 20) // 4}"
    padded = ["<", *words, ">"]
    for index, word in enumerate(padded):
        yield f"w={word}"
        if index + 1 < len(padded):
            yield f"p={word} {padded[index + 1]}"
            yield f"b={before or 'start'} {word}"
        for start in range(len(word) - 2):
            yield f"c={word[start : start + 3]}"


def vector(utterance: str, before: str) -> dict[int, float]:
    """Hashed features with their values, of unit length."""
    counts: dict[int, float] = {}
    for name in features(utterance, before):
        index = zlib.crc32(name.encode()) % SIZE
        counts[index] = counts.get(index, 0.0) + 1.0
    values = {index: 1.0 + np.log(count) for index, count in counts.items()}
    norm = float(np.sqrt(sum(value * value for value in values.values())))
    return {index: value / norm for index, value in values.items()}


class IntentPrior:
    """Log-probabilities of the cook's and the wizard's intent for an utterance.

    Args:
        weights: [user intents + wizard intents, SIZE + 1]; the last column is the bias.
        strength: Factor on the log-probabilities.
    """

    def __init__(self, weights: np.ndarray, strength: float) -> None:
        self._weights = weights.astype(np.float32)
        self.strength = strength

    def scores(self, utterance: str, before: str) -> tuple[dict[str, float], dict[str, float]]:
        """(cook's, wizard's) log-probability of every intent, times the strength."""
        found = vector(utterance, before)
        raw = self._weights[:, list(found)] @ np.fromiter(found.values(), np.float32) + self._weights[:, -1]
        users, wizards = raw[: len(USER_INTENTS)], raw[len(USER_INTENTS) :]
        return (
            dict(zip(USER_INTENTS, (self.strength * _log_softmax(users)).tolist(), strict=True)),
            dict(zip(WIZARD_INTENTS, (self.strength * _log_softmax(wizards)).tolist(), strict=True)),
        )


def _log_softmax(values: np.ndarray) -> np.ndarray:
    shifted = values - values.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


@lru_cache(maxsize=4)
def load_prior(folder: Path) -> IntentPrior | None:
    """The prior in a student's folder, or None if it has none."""
    path = folder / FILE
    if not path.is_file():
        return None
    with np.load(path) as file:
        return IntentPrior(file["weights"], float(file["strength"]))
